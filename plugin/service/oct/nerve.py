"""Nerve slices of a request: landmarks, membranes, nerve fibre layers."""

from collections.abc import Mapping, Sequence

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.optic_disc import NerveSlice
from ophtha_core.oct.polygon import Outline
from plugin.service.oct.arrays import Floats, point_array
from plugin.service.oct.instances import instances_of, outline

RNFL = "rnfl"
LAYERS = "nerve_rnfl_layers"


def require_parallel(lists: Mapping[str, Sequence[object]], *, to: str, count: int) -> None:
    """Raise InvalidInput for a list whose length is not `count`, that of the list `to`."""
    for field, values in lists.items():
        if len(values) != count:
            raise InvalidInput(field, f"has {len(values)} entries, {to} {count}")


def landmarks_of(entry: object, *, field: str) -> Floats:
    """At least two landmarks of a slice."""
    points = point_array(entry, field=field)
    if len(points) < 2:
        raise InvalidInput(field, "needs two landmarks at least")
    return points


def membrane_of(entry: object, *, field: str) -> Floats | None:
    """Inner limiting membrane of a slice: points, or an object that holds them; None where absent."""
    if isinstance(entry, dict):
        entry = entry.get("points", entry.get("instances"))
        if isinstance(entry, list) and entry and isinstance(entry[0], dict) and "points" in entry[0]:
            entry = entry[0]["points"]
    if entry is None:
        return None
    points = point_array(entry, field=field)
    if len(points) == 1:
        raise InvalidInput(field, "a line needs two points")
    return points if len(points) else None


def nerve_slices(
    indices: Sequence[int], landmarks: Sequence[object], membranes: Sequence[object] | None = None
) -> list[NerveSlice]:
    """Parallel lists as slices. Raises InvalidInput naming list and entry."""
    require_parallel({"nerve_landmarks_list": landmarks}, to="the list of nerve slices", count=len(indices))
    if membranes is not None:
        require_parallel({"ilm_list": membranes}, to="the list of nerve slices", count=len(indices))
    return [
        NerveSlice(
            index=index,
            landmarks=landmarks_of(landmarks[position], field=f"nerve_landmarks_list[{position}]"),
            membrane=None if membranes is None else membrane_of(membranes[position], field=f"ilm_list[{position}]"),
        )
        for position, index in enumerate(indices)
    ]


def is_flat(layers: Sequence[object]) -> bool:
    """Instances that name their slice, rather than one entry for each slice."""
    return any(isinstance(entry, dict) and "scan_index" in entry for entry in layers)


def flat_layers(layers: Sequence[object], *, num_slices: int) -> list[list[Outline]]:
    """Instances with `scan_index` by slice."""
    slices: list[list[Outline]] = [[] for _ in range(num_slices)]
    for position, instance in enumerate(layers):
        field = f"{LAYERS}[{position}]"
        index = instance.get("scan_index") if isinstance(instance, dict) else None
        if type(index) is not int or not 0 <= index < num_slices:
            raise InvalidInput(f"{field}.scan_index", f"must be one of {num_slices} slices")
        add_rnfl(slices[index], instance, field=field)
    return slices


def sliced_layers(layers: Sequence[object], *, num_slices: int, nerve_indices: Sequence[int]) -> list[list[Outline]]:
    """One entry for each slice of the scan, or for each nerve slice."""
    if len(layers) == num_slices:
        indices: Sequence[int] = range(num_slices)
    elif len(layers) == len(nerve_indices):
        indices = nerve_indices
    else:
        raise InvalidInput(LAYERS, f"has {len(layers)} entries, expected one for each of {num_slices} slices")
    slices: list[list[Outline]] = [[] for _ in range(num_slices)]
    for position, (index, entry) in enumerate(zip(indices, layers, strict=True)):
        if not 0 <= index < num_slices:
            raise InvalidInput("nerve_slice_indices", f"entry {position} is not one of {num_slices} slices")
        if entry is None:
            continue
        field = f"{LAYERS}[{position}]"
        for number, instance in enumerate(instances_of(entry, field)):
            add_rnfl(slices[index], instance, field=f"{field}.instances[{number}]")
    return slices


def add_rnfl(slices: list[Outline], instance: object, *, field: str) -> None:
    """Append the instance if it is the nerve fibre layer; one without a class is."""
    found = outline(instance, field=field, default_name=RNFL)
    if found.name.strip().lower() == RNFL:
        slices.append(found)


def image_size(layers: Sequence[object]) -> tuple[int, int] | None:
    """(width, height) by the metadata of the slices; None where none says so. Raises InvalidInput for a second size."""
    sizes: dict[tuple[int, int], str] = {}
    for position, entry in enumerate(layers):
        metadata = entry.get("metadata") if isinstance(entry, dict) else None
        if not isinstance(metadata, dict) or "width" not in metadata or "height" not in metadata:
            continue
        size = metadata["width"], metadata["height"]
        field = f"{LAYERS}[{position}].metadata"
        if not all(isinstance(side, int | float) and not isinstance(side, bool) and side >= 1 for side in size):
            raise InvalidInput(field, "width and height must be numbers above 0")
        sizes.setdefault((int(size[0]), int(size[1])), field)
    if len(sizes) > 1:
        raise InvalidInput(list(sizes.values())[1], "differs from the size of the other slices")
    return next(iter(sizes), None)
