"""DICOM objects that the findings of a report become: thickness maps, key measurements, segmentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.circles import ETDRS, SectorStatistics, sector_statistics, sector_weights
from ophtha_core.oct.dicom.codes import RetinalThickness
from ophtha_core.oct.dicom.height_map import GIVEN_BY_CALLER, write_height_map
from ophtha_core.oct.dicom.measurements import (
    MacularThickness,
    RnflThickness,
    write_macular_report,
    write_rnfl_report,
)
from ophtha_core.oct.dicom.segmentation import write_segmentation
from ophtha_core.oct.dicom.thickness_map import write_thickness_map
from ophtha_core.oct.full_retina import OuterBorder
from ophtha_core.oct.layer_surfaces import surfaces_of
from ophtha_core.oct.polygon import outline_pixels
from ophtha_core.oct.rnfl import CircleProfile, RnflAnalysis, bilinear
from ophtha_core.oct.thickness import UM_PER_MM, ThicknessMap
from ophtha_core.oct.upright import upright
from plugin.service.oct.archive.analyses import NO_LATERALITY, NO_LAYERS, NO_PATHOLOGIES, nerve_fibre_profile
from plugin.service.oct.archive.examination import Examination
from plugin.service.oct.archive.requests import CENTRE

NO_FOVEA: Final = "no fovea was given and none is clear in the layers"
LEAST_COVERAGE: Final = 0.5
WHOLE_COVERAGE: Final = 0.95
"""Of the 6 mm disc, to claim its volume."""
LARGEST_ABSENCE: Final = 0.05
"""Of a sector, of cells where a layer is 0 only because it was not drawn."""
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
    _add_height_map(examination, results)
    return results


def not_proven(examination: Examination, *, needs_centre: bool) -> str | None:
    """Why nothing measured may be stored; None where all it rests on is known."""
    geometry = examination.geometry
    if geometry.foreign_region is not None:
        return f"the image shows neither macula nor optic disc: its region is {geometry.foreign_region}"
    if "laterality" in geometry.reasons:
        return f"laterality is assumed: {geometry.reasons['laterality']}"
    if examination.laterality is None:
        return NO_LATERALITY
    reasons = dict(geometry.reasons)
    if needs_centre and examination.centre.is_assumed:
        reasons[CENTRE] = NO_FOVEA
    if not reasons:
        return None
    named = "; ".join(f"{name} ({reason})" for name, reason in sorted(reasons.items()))
    return f"assumed, not proven: {named}. Give what you know in geometry"


def _add_thickness_maps(examination: Examination, results: Results) -> None:
    retina = examination.retina
    if retina is None:
        results.reasons["thickness_map"] = NO_LAYERS
        return
    wanted: list[tuple[RetinalThickness, Sequence[str] | None]] = [
        (RetinalThickness.GANGLION_CELL_COMPLEX, examination.ganglion_layers),
        (RetinalThickness.RNFL, examination.named_layers("rnfl")),
    ]
    if retina.border is None:
        results.reasons["thickness_map"] = f"no map of the full retina: {retina.reason}"
    else:
        wanted.insert(0, (_BORDERS[retina.border], retina.classes))
    for measured, classes in wanted:
        if classes is None:
            continue
        # Around the disc, the map of the nerve fibres is not about the fovea.
        of_disc = measured is RetinalThickness.RNFL and bool(examination.landmarks.nerve)
        reason = not_proven(examination, needs_centre=not of_disc)
        if reason is not None:
            results.reasons["thickness_map"] = reason
            continue
        number = len(results.objects) + 1
        thickness = upright(_without_absent_sectors(examination, classes))
        results.objects.append(
            write_thickness_map(examination.volume, thickness, measured=measured, instance_number=number)
        )


def _absent_sectors(examination: Examination, classes: Sequence[str]) -> NDArray[np.bool_]:
    """Sectors of the ETDRS circle, the central one aside, with too many cells where a layer is 0 by absence."""
    thickness = examination.thickness(classes)
    absent = examination.zero_by_absence(classes).astype(np.float64)
    absent[np.isnan(thickness.values)] = np.nan
    rings = sector_statistics(thickness.grid, absent, circle=ETDRS)
    shares = [0.0 if sector.mean is None else sector.mean for ring in rings for sector in ring]
    return np.array([False, *(share > LARGEST_ABSENCE for share in shares[1:])])


def _without_absent_sectors(examination: Examination, classes: Sequence[str]) -> ThicknessMap:
    thickness = examination.thickness(classes)
    absent = _absent_sectors(examination, classes)
    if not absent.any():
        return thickness
    grid = thickness.grid
    weights = sector_weights(grid.about(grid.centre_point), ETDRS, None)
    touched = (weights.T @ absent.astype(np.float64)).reshape(grid.shape) > 0
    return ThicknessMap(grid=grid, values=np.where(touched, np.nan, thickness.values))


def _no_macula(examination: Examination) -> str | None:
    """Why macular thickness codes do not fit; None where they do."""
    if examination.retina is None:
        return NO_LAYERS
    if examination.laterality is None:
        return not_proven(examination, needs_centre=True)
    if examination.retina.border is None:
        return examination.retina.reason
    if examination.centre_is_on_the_nerve:
        return "the scan is centred on the optic disc: exam_center_coordinate_xz of the fovea is needed"
    return not_proven(examination, needs_centre=True)


def _add_macular_report(examination: Examination, results: Results) -> None:
    retina, laterality = examination.retina, examination.laterality
    reason = _no_macula(examination)
    if reason is not None or retina is None or laterality is None:
        results.reasons["macular_report"] = reason or NO_LAYERS
        return
    thickness = examination.thickness(retina.classes)
    rings = sector_statistics(thickness.grid, thickness.values, circle=ETDRS)
    sectors = [sector for ring in rings for sector in ring]
    absent = _absent_sectors(examination, retina.classes)
    names = [name for ring in ETDRS.names(laterality) for name in ring]
    means = {
        name: None if is_absent else _covered_mean(sector)
        for name, sector, is_absent in zip(names, sectors, absent, strict=True)
    }
    is_whole = not absent.any()
    macula = MacularThickness(
        laterality=laterality,
        centre_point_um=_at_centre(thickness),
        centre_subfield_um=means.pop("centre"),
        subfields_um=means,
        average_um=_average_um(sectors) if is_whole else None,
        total_volume_ul=total_volume_ul(sectors) if is_whole else None,
    )
    results.objects.append(
        write_macular_report(
            examination.volume,
            macula,
            supplied=examination.supplied,
            layers_by=examination.computed_by,
            instance_number=1,
        )
    )


def _covered_mean(sector: SectorStatistics) -> float | None:
    return sector.mean if sector.coverage >= LEAST_COVERAGE else None


def _coverage(sectors: Sequence[SectorStatistics]) -> float:
    return sum(sector.covered_area_mm2 for sector in sectors) / sum(sector.area_mm2 for sector in sectors)


def _average_um(sectors: Sequence[SectorStatistics]) -> float | None:
    if _coverage(sectors) < LEAST_COVERAGE:
        return None
    return sum(sector.integral for sector in sectors) / sum(sector.covered_area_mm2 for sector in sectors)


def total_volume_ul(sectors: Sequence[SectorStatistics]) -> float | None:
    """Sum of the sectors' means times their full areas; None unless nearly all of the disc was measured."""
    if _coverage(sectors) < WHOLE_COVERAGE:
        return None
    volumes = [None if sector.mean is None else sector.mean * sector.area_mm2 for sector in sectors]
    known = [volume for volume in volumes if volume is not None]
    return sum(known) / UM_PER_MM if len(known) == len(volumes) else None


def _at_centre(thickness: ThicknessMap) -> float | None:
    centre = thickness.grid.centre_point
    found = bilinear(thickness.values, columns=np.array([centre.column]), rows=np.array([centre.row]))
    return float(found[0]) if np.isfinite(found[0]) else None


def _add_rnfl_report(examination: Examination, results: Results) -> None:
    profile, laterality = nerve_fibre_profile(examination), examination.laterality
    reason = profile if isinstance(profile, str) else not_proven(examination, needs_centre=False)
    if reason is not None or isinstance(profile, str) or laterality is None:
        results.reasons["rnfl_report"] = reason or NO_LATERALITY
        return
    quadrants = dict(zip(_QUADRANTS, _arcs_um(profile, RnflAnalysis.QUADRANT), strict=True))
    (average,) = _arcs_um(profile, RnflAnalysis.SINGLE_SEGMENT)
    nerve = RnflThickness(
        laterality=laterality,
        circle_diameter_um=2 * profile.radius_mm * UM_PER_MM,
        average_um=average,
        quadrants_um=quadrants,
    )
    results.objects.append(
        write_rnfl_report(
            examination.volume,
            nerve,
            supplied=examination.supplied,
            layers_by=examination.computed_by,
            instance_number=2,
        )
    )


def _arcs_um(profile: CircleProfile, analysis: RnflAnalysis) -> list[float | None]:
    return [
        mean * UM_PER_MM if mean is not None and share >= LEAST_COVERAGE else None
        for mean, share in zip(profile.sectors(analysis), profile.coverage(analysis), strict=True)
    ]


def _add_segmentation(examination: Examination, results: Results) -> None:
    sources = {str(bscan.source.SOPInstanceUID) for bscan in examination.volume.bscans}
    if 1 < len(sources) < len(examination.volume.bscans):
        results.reasons["segmentation"] = "of a concatenation no segmentation is written"
        return
    masks = _masks(examination)
    if not any(mask.any() for mask in masks.values()):
        results.reasons["segmentation"] = (
            NO_PATHOLOGIES if examination.pathologies is None else "no pathology covers a pixel"
        )
        return
    results.objects.append(write_segmentation(examination.volume, masks, laterality=examination.laterality))


def _add_height_map(examination: Examination, results: Results) -> None:
    """The surfaces of layers that the request brought; those of the archive are there already."""
    layers, geometry = examination.layers, examination.geometry
    if layers is None or not isinstance(examination.request.layers, list):
        results.reasons["height_map"] = NO_LAYERS
        return
    if geometry.foreign_region is not None or "laterality" in geometry.reasons:
        results.reasons["height_map"] = not_proven(examination, needs_centre=False) or NO_LAYERS
        return
    try:
        surfaces = surfaces_of(layers)
    except InvalidInput as error:
        results.reasons["height_map"] = error.message
        return
    results.objects.append(write_height_map(examination.volume, surfaces, made_by=GIVEN_BY_CALLER))


def _masks(examination: Examination) -> Mapping[str, NDArray[np.bool_]]:
    scan = examination.pathologies
    if scan is None:
        return {}
    masks = {name: np.zeros((len(scan.slices), scan.height, scan.width), dtype=np.bool_) for name in scan.classes}
    for index, outlines in enumerate(scan.slices):
        for outline in outlines:
            masks[outline.name][index] |= outline_pixels(outline.points, width=scan.width, height=scan.height)
    return masks
