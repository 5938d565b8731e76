"""DICOM objects that the findings of a report become: thickness maps, key measurements, segmentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.oct.circles import ETDRS, SectorStatistics, sector_statistics
from ophtha_core.oct.dicom.codes import RetinalThickness
from ophtha_core.oct.dicom.measurements import (
    MacularThickness,
    RnflThickness,
    write_macular_report,
    write_rnfl_report,
)
from ophtha_core.oct.dicom.segmentation import write_segmentation
from ophtha_core.oct.dicom.thickness_map import write_thickness_map
from ophtha_core.oct.enface import EnFaceGrid
from ophtha_core.oct.full_retina import OuterBorder
from ophtha_core.oct.polygon import outline_pixels
from ophtha_core.oct.rnfl import CircleProfile, RnflAnalysis, bilinear
from ophtha_core.oct.thickness import UM_PER_MM, ThicknessMap
from plugin.service.oct import circles
from plugin.service.oct.archive.analyses import (
    NO_LATERALITY,
    NO_LAYERS,
    NO_PATHOLOGIES,
    body_of,
    nerve_fibre_request,
)
from plugin.service.oct.archive.examination import Examination
from plugin.service.oct.arrays import Floats

LEAST_COVERAGE: Final = 0.5
_QUADRANTS: Final = ("nasal", "inferior", "temporal", "superior")
_BORDERS: Final = {OuterBorder.RPE: RetinalThickness.ILM_TO_RPE, OuterBorder.BM: RetinalThickness.ILM_TO_BM}


@dataclass
class Results:
    """Objects to store, and why each of the others is not there."""

    objects: list[Dataset] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)


def results_of(examination: Examination) -> Results:
    """Everything the examination gives that can be stored."""
    results = Results()
    _add_thickness_maps(examination, results)
    _add_macular_report(examination, results)
    _add_rnfl_report(examination, results)
    _add_segmentation(examination, results)
    return results


def _tissue_um(examination: Examination, classes: Sequence[str]) -> tuple[EnFaceGrid, Floats]:
    values = {
        **examination.scan_parameters(),
        "layers_thickness_maps": examination.layer_maps_px,
        "used_layers": list(classes),
    }
    return body_of(circles.CircleRequest, values).tissue_um()


def _add_thickness_maps(examination: Examination, results: Results) -> None:
    if examination.retina is None or examination.laterality is None:
        results.reasons["thickness_map"] = NO_LAYERS if examination.retina is None else NO_LATERALITY
        return
    wanted: list[tuple[RetinalThickness, Sequence[str] | None]] = [
        (RetinalThickness.GANGLION_CELL_COMPLEX, examination.ganglion_layers),
        (RetinalThickness.RNFL, examination.named_layers("rnfl")),
    ]
    retina = examination.retina
    if retina.border is None:
        results.reasons["thickness_map"] = f"no map of the full retina: {retina.reason}"
    else:
        wanted.insert(0, (_BORDERS[retina.border], retina.classes))
    for measured, classes in wanted:
        if classes is None:
            continue
        grid, values = _tissue_um(examination, classes)
        thickness = ThicknessMap(grid=grid, values=values)
        number = len(results.objects) + 1
        results.objects.append(
            write_thickness_map(examination.volume, thickness, measured=measured, instance_number=number)
        )


def _no_macula(examination: Examination) -> str | None:
    """Why macular thickness codes do not fit; None where they do."""
    if examination.retina is None:
        return NO_LAYERS
    if examination.laterality is None:
        return NO_LATERALITY
    if examination.retina.border is None:
        return examination.retina.reason
    if examination.centre_is_on_the_nerve:
        return "the scan is centred on the optic disc: exam_center_coordinate_xz of the fovea is needed"
    return None


def _add_macular_report(examination: Examination, results: Results) -> None:
    retina, laterality = examination.retina, examination.laterality
    reason = _no_macula(examination)
    if reason is not None or retina is None or laterality is None:
        results.reasons["macular_report"] = reason or NO_LAYERS
        return
    grid, values = _tissue_um(examination, retina.classes)
    rings = sector_statistics(grid, values, circle=ETDRS)
    sectors = [sector for ring in rings for sector in ring]
    names = [name for ring in ETDRS.names(laterality) for name in ring]
    means = {name: _covered_mean(sector) for name, sector in zip(names, sectors, strict=True)}
    volume_um_mm2 = sum(sector.integral for sector in sectors)
    covered_mm2 = sum(sector.covered_area_mm2 for sector in sectors)
    area_mm2 = sum(sector.area_mm2 for sector in sectors)
    macula = MacularThickness(
        laterality=laterality,
        centre_point_um=_at_centre(grid, values),
        centre_subfield_um=means.pop("centre"),
        subfields_um=means,
        average_um=volume_um_mm2 / covered_mm2 if covered_mm2 >= LEAST_COVERAGE * area_mm2 else None,
        total_volume_ul=volume_um_mm2 / UM_PER_MM if covered_mm2 > 0 else None,
    )
    results.objects.append(write_macular_report(examination.volume, macula, instance_number=1))


def _covered_mean(sector: SectorStatistics) -> float | None:
    return sector.mean if sector.coverage >= LEAST_COVERAGE else None


def _at_centre(grid: EnFaceGrid, values: Floats) -> float | None:
    centre = grid.centre_point
    found = bilinear(values, columns=np.array([centre.column]), rows=np.array([centre.row]))
    return float(found[0]) if np.isfinite(found[0]) else None


def _add_rnfl_report(examination: Examination, results: Results) -> None:
    request = nerve_fibre_request(examination)
    if isinstance(request, str) or examination.laterality is None:
        results.reasons["rnfl_report"] = request if isinstance(request, str) else NO_LATERALITY
        return
    profile = request.profile()
    quadrants = dict(zip(_QUADRANTS, _arcs_um(profile, RnflAnalysis.QUADRANT), strict=True))
    (average,) = _arcs_um(profile, RnflAnalysis.SINGLE_SEGMENT)
    nerve = RnflThickness(
        laterality=examination.laterality,
        circle_diameter_um=2 * profile.radius_mm * UM_PER_MM,
        average_um=average,
        quadrants_um=quadrants,
    )
    results.objects.append(write_rnfl_report(examination.volume, nerve, instance_number=2))


def _arcs_um(profile: CircleProfile, analysis: RnflAnalysis) -> list[float | None]:
    return [
        mean * UM_PER_MM if mean is not None and share >= LEAST_COVERAGE else None
        for mean, share in zip(profile.sectors(analysis), profile.coverage(analysis), strict=True)
    ]


def _add_segmentation(examination: Examination, results: Results) -> None:
    masks = _masks(examination)
    if not any(mask.any() for mask in masks.values()):
        results.reasons["segmentation"] = (
            NO_PATHOLOGIES if examination.pathologies is None else "no pathology covers a pixel"
        )
        return
    results.objects.append(write_segmentation(examination.volume, masks, laterality=examination.laterality))


def _masks(examination: Examination) -> Mapping[str, NDArray[np.bool_]]:
    scan = examination.pathologies
    if scan is None:
        return {}
    masks = {name: np.zeros((len(scan.slices), scan.height, scan.width), dtype=np.bool_) for name in scan.classes}
    for index, outlines in enumerate(scan.slices):
        for outline in outlines:
            masks[outline.name][index] |= outline_pixels(outline.points, width=scan.width, height=scan.height)
    return masks
