"""Checks of pathology maps."""

from collections.abc import Mapping

from ophtha_core.errors import InvalidInput
from plugin.service.oct.arrays import Floats


def not_negative(maps: Mapping[str, Floats], *, field: str = "pathology_thickness_maps") -> Mapping[str, Floats]:
    """The maps. Raises InvalidInput for a thickness below 0."""
    for name, values in maps.items():
        if (values < 0).any():
            raise InvalidInput(f"{field}.{name}", "holds a thickness below 0")
    return maps


def require_classes(maps: Mapping[str, Floats], allowed: tuple[str, ...]) -> None:
    """Raise InvalidInput for a class the endpoint does not know."""
    for name in maps:
        if name not in allowed:
            raise InvalidInput(f"pathology_thickness_maps.{name}", f"is none of {', '.join(allowed)}")
