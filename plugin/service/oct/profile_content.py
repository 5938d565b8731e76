"""The nerve fibre layer on a circle as JSON, and its `meta`."""

from collections.abc import Mapping, Sequence

from ophtha_core.oct.rnfl import GRAPH_BINS, CircleProfile, RnflAnalysis
from plugin.service.oct.meta import RNFL_LITERATURE, meta

SECTOR_NAMES: dict[str, object] = {
    "quadrant": {"0": "nasal", "1": "inferior", "2": "temporal", "3": "superior"},
    "single_segment": {"0": "whole circle"},
    "twelve_segments": {
        "0": "nasal",
        "1": "nasal inferior",
        "2": "inferior nasal",
        "3": "inferior",
        "4": "inferior temporal",
        "5": "temporal inferior",
        "6": "temporal",
        "7": "temporal superior",
        "8": "superior temporal",
        "9": "superior",
        "10": "superior nasal",
        "11": "nasal superior",
    },
    "graph": {str(index): f"{10 * index - 180} to {10 * index - 170} degrees" for index in range(GRAPH_BINS)},
}
"""Names for both eyes: a left eye is mirrored first. The graph starts temporal and runs over superior to nasal."""


def profile_content(profile: CircleProfile, kinds: Sequence[RnflAnalysis]) -> dict[str, dict[str, float | None]]:
    """Analysis -> sector number -> thickness."""
    return {kind.value: _numbered(profile.sectors(kind)) for kind in kinds}


def profile_meta(
    profile: CircleProfile, kinds: Sequence[RnflAnalysis], *, is_nested: bool, parameters: Mapping[str, object]
) -> dict[str, object]:
    """`meta` of one analysis, or of several by name."""
    coverage: dict[str, object] = {kind.value: _numbered(profile.coverage(kind)) for kind in kinds}
    return meta(
        names={kind.value: SECTOR_NAMES[kind.value] for kind in kinds},
        units={"rnfl_thickness_statistics": "mm"},
        coverage=coverage if is_nested else coverage[kinds[0].value],
        parameters=parameters,
        references=RNFL_LITERATURE,
        circle={"center_mm": list(profile.center_mm), "radius_mm": profile.radius_mm},
    )


def _numbered(values: Sequence[float | None]) -> dict[str, float | None]:
    """Sector numbers as keys."""
    return {str(index): value for index, value in enumerate(values)}
