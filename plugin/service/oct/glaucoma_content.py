"""Asymmetry of the posterior pole and distance from healthy thickness as JSON, and their `meta`."""

from collections.abc import Mapping

from ophtha_core.oct.glaucoma import DEFAULT_REFERENCE, Asymmetry, HealthyHemispheres
from plugin.service.oct.arrays import as_rows
from plugin.service.oct.meta import HEALTHY_LITERATURE, PPAA_LITERATURE, meta

DEFAULT_DEVICE = "the OCT of the cited study, whose abstract names no model (236 healthy volunteers, both eyes pooled)"
DEFAULT_REGION = "macular ganglion cell complex (RNFL + GCL + IPL), superior and inferior hemisphere"
DEFAULT_NOTE = (
    "Not transferable to other devices, regions or populations: Spectralis layer sums run about 11 um higher. Give "
    "`reference` for your own device."
)


def asymmetry_content(found: Asymmetry) -> dict[str, list[list[float]]]:
    """Both matrices, rows from superior to inferior."""
    return {"superior": as_rows(found.superior), "inferior": as_rows(found.inferior)}


def asymmetry_meta(
    found: Asymmetry, *, unit: str, cell_area_mm2: float | None, parameters: Mapping[str, object]
) -> dict[str, object]:
    """`meta` of both matrices."""
    return meta(
        names={"superior": "superior minus inferior", "inferior": "inferior minus superior, row 0 at the midline"},
        units={"superior": unit, "inferior": unit},
        areas_mm2=cell_area_mm2,
        coverage={"superior": as_rows(found.coverage[:4]), "inferior": as_rows(found.coverage[4:])},
        parameters=parameters,
        references=PPAA_LITERATURE,
    )


def stage_meta(given: HealthyHemispheres | None, *, parameters: Mapping[str, object]) -> dict[str, object]:
    """`meta` with the reference used and what it is worth."""
    healthy = given or DEFAULT_REFERENCE
    halves = {"superior": healthy.superior, "inferior": healthy.inferior}
    return meta(
        names={"superior": "superior hemisphere", "inferior": "inferior hemisphere"},
        units={"superior_thickness": "um", "inferior_thickness": "um", "distance_to_normal": "1"},
        parameters=parameters,
        references=HEALTHY_LITERATURE if given is None else (),
        reference={
            **{name: {"mean": half.mean_um, "sd": half.sd_um} for name, half in halves.items()},
            "device": DEFAULT_DEVICE if given is None else "as given",
            "region": DEFAULT_REGION if given is None else "as given",
            "transferable": "not transferable",
            "note": DEFAULT_NOTE if given is None else "Given with the request.",
        },
    )
