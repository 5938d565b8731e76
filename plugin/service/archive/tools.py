"""Which tool has something to show for a series."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

_WITHOUT_PIXELS: Final = frozenset(
    {"AU", "DOC", "ECG", "FID", "HD", "KO", "M3D", "PLAN", "PR", "REG", "RTPLAN", "RTRECORD", "RTSTRUCT", "SEG", "SR"}
)
_VOLUMES_OF_THE_RETINA: Final = frozenset({"OPT"})


class Tool(StrEnum):
    """A page; its value is the page's file name without ``.html``."""

    MASK = "mask"
    OCT = "oct"
    REGISTRATION = "registration"
    SLIDE = "slide"


def tools_of(modality: str, *, masking_enabled: bool) -> tuple[Tool, ...]:
    """The tools for a series of this modality, in the order they are offered."""
    tools = []
    if masking_enabled and modality not in _WITHOUT_PIXELS:
        tools.append(Tool.MASK)
    if modality in _VOLUMES_OF_THE_RETINA:
        tools.append(Tool.OCT)
    if modality == "CT":
        tools.append(Tool.REGISTRATION)
    if modality == "SM":
        tools.append(Tool.SLIDE)
    return tuple(tools)


def any_of(tools: Iterable[tuple[Tool, ...]]) -> tuple[Tool, ...]:
    """The tools that fit at least one series, in the order they are offered."""
    found = {tool for each in tools for tool in each}
    return tuple(tool for tool in Tool if tool in found)
