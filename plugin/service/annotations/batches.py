"""Lists of objects to add, each of which may be refused by itself."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from plugin.service.annotations.callers import BodyOf
from plugin.service.annotations.fields import invalid
from plugin.service.annotations.refused_batches import BatchError
from plugin.service.annotations.requests import objects, one_object, read_json

_Shape = TypeVar("_Shape", bound=BaseModel)


@dataclass(frozen=True)
class Batch(Generic[_Shape]):
    """Objects to add, by their places in the body, and those that have no such shape."""

    objects: dict[int, _Shape]
    errors: tuple[BatchError, ...]
    is_list: bool

    def only(self) -> _Shape:
        """The one object of a body that is no list."""
        (given,) = self.objects.values()
        return given


class BatchBody(Generic[_Shape]):
    """A dependency: the body as one object of a shape or a list, each of whose objects may be refused by itself."""

    def __init__(self, shape: type[_Shape]) -> None:
        self._adapter = TypeAdapter[_Shape](shape)
        self.described: TypeAdapter[object] = TypeAdapter(shape | list[shape])  # type: ignore[valid-type, arg-type]
        """What the OpenAPI document says of the body."""

    def __call__(self, body: BodyOf) -> Batch[_Shape]:
        """Raises InvalidInput for a body that is neither, and for one object of another shape."""
        given = read_json(body)
        is_list = isinstance(given, list)
        found: dict[int, _Shape] = {}
        errors: list[BatchError] = []
        for index, each in enumerate(objects(given) if is_list else [one_object(given)]):
            try:
                found[index] = self._adapter.validate_python(each)
            except ValidationError as error:
                refusal = invalid(error)
                if not is_list:
                    raise refusal from None
                errors.append(BatchError(index, str(refusal)))
        return Batch(found, tuple(errors), is_list)
