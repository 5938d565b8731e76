"""Which tool has something to show for a series."""

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

from ophtha_core.dicom.modalities import WITHOUT_PICTURES


class Tool(StrEnum):
    """A page; its value is the page's file name without ``.html``."""

    MASK = "mask"
    OCT = "oct"
    REGISTRATION = "registration"
    SLIDE = "slide"


_LISTED: Final = json.loads((Path(__file__).parents[2] / "tools.json").read_text(encoding="utf-8"))
_MODALITIES: Final = {Tool(each["key"]): each["modalities"] for each in _LISTED}
"""None for a tool that takes every picture."""


def tools_of(modality: str, *, masking_enabled: bool) -> tuple[Tool, ...]:
    """The tools for a series of this modality, in the order they are offered."""
    return tuple(
        tool
        for tool, modalities in _MODALITIES.items()
        if (modality not in WITHOUT_PICTURES if modalities is None else modality in modalities)
        and (masking_enabled or tool is not Tool.MASK)
    )


def any_of(tools: Iterable[tuple[Tool, ...]]) -> tuple[Tool, ...]:
    """The tools that fit at least one series, in the order they are offered."""
    found = {tool for each in tools for tool in each}
    return tuple(tool for tool in _MODALITIES if tool in found)
