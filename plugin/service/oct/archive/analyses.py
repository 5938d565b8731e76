"""Every analysis the input of a report allows, in the words of the endpoint of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.amd import amd_stage, drusen_sizes_um
from ophtha_core.oct.circles import ETDRS, GCC, SectorStatistics, quadrants, sector_statistics
from ophtha_core.oct.contour import turned
from ophtha_core.oct.disc_damage import nerve_head
from ophtha_core.oct.glaucoma import (
    distance_to_normal,
    full_asymmetry,
    glaucoma_stage,
    hemisphere_statistics,
    zone_asymmetry,
)
from ophtha_core.oct.optic_disc import ContourOptions
from ophtha_core.oct.pathology import (
    area_mm2,
    circle_overlap_percent,
    etdrs_sums,
    grid_as_scanned,
    label_spots,
    maximal_slice,
    nearest_cell,
    present,
    volume_mm3,
)
from ophtha_core.oct.rnfl import CircleProfile, RnflAnalysis, circle_profile
from ophtha_core.oct.segmented_scan import reached_columns
from ophtha_core.oct.thickness import UM_PER_MM, ThicknessMap, ThicknessUnit, um_per_unit
from plugin.service.oct.archive.examination import Examination
from plugin.service.oct.arrays import Floats, as_rows
from plugin.service.oct.glaucoma_content import asymmetry_content, stage_meta
from plugin.service.oct.meta import ETDRS_LITERATURE, GCC_LITERATURE
from plugin.service.oct.nerve_head_content import nerve_head_content, nerve_head_meta
from plugin.service.oct.pathology_content import (
    COUNTED,
    STAGED,
    level_content,
    nearest_content,
    overlap_content,
    zone_content,
)
from plugin.service.oct.profile_content import profile_content, profile_meta
from plugin.service.oct.requests import DEFAULT_ZONE_MM
from plugin.service.oct.sectors import half_means, half_meta, ring_means, ring_meta

SECTIONS = ("thickness_maps", "etdrs", "gcc", "hemispheres", "glaucoma", "pathologies", "odn", "rnfl")
NO_LAYERS = "no layers were given"
NO_GANGLION_LAYERS = "the layers rnfl, gcl and ipl are needed"
NO_PATHOLOGIES = "no pathologies were given"
NO_NERVE = "nerve landmarks on at least two slices are needed"
NO_LATERALITY = "the image does not say which eye it shows and laterality was not given"
NO_RNFL = "the layer rnfl is needed"
NO_DISC = "the nerve landmarks make no disc"
NERVE_SLICES = 2
LEAST_COVERAGE = 0.5
"""Of a hemisphere, to be compared with healthy ones."""
DISC_PIXELS_PER_MM = 100.0
PROFILE_DISTANCE_MM = 1.0


@dataclass
class Findings:
    """Sections of the report, null where the input does not allow one; the reasons and the `meta` of each section."""

    sections: dict[str, object] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    meta: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def leave_out(self, section: str, reason: str) -> None:
        """The section stays null."""
        self.sections[section] = None
        self.reasons[section] = reason

    def put(self, section: str, content: Mapping[str, object], meta: Mapping[str, object] | None = None) -> None:
        """A section, and how to read it."""
        self.sections[section] = content
        if meta is not None:
            self.meta[section] = meta


def analyse(examination: Examination) -> Findings:
    """Every section, in the order of the contract."""
    findings = Findings()
    _thickness_maps(examination, findings)
    _layer_sections(examination, findings)
    _pathologies(examination, findings)
    _optic_disc(examination, findings)
    _nerve_fibres(examination, findings)
    findings.sections = {name: findings.sections[name] for name in SECTIONS}
    return findings


def _thickness_maps(examination: Examination, findings: Findings) -> None:
    maps = {**examination.layer_maps_px, **examination.pathology_maps_px}
    if not maps:
        findings.leave_out("thickness_maps", "no layer and no pathology is outlined on any slice")
        return
    unit = examination.request.thickness_unit
    scale = 1.0
    if unit is not ThicknessUnit.PX:
        row_um = um_per_unit(ThicknessUnit.PX, pixel_spacing_row_mm=examination.geometry.pixel_spacing_row_mm)
        scale = row_um / um_per_unit(unit, pixel_spacing_row_mm=None)
    findings.put("thickness_maps", {name: as_rows(values * scale) for name, values in maps.items()})


def _layer_sections(examination: Examination, findings: Findings) -> None:
    if examination.retina is None:
        for section in ("etdrs", "gcc", "hemispheres", "glaucoma"):
            findings.leave_out(section, NO_LAYERS)
        return
    retina = examination.thickness(examination.retina.classes)
    rings = sector_statistics(retina.grid, retina.values, circle=ETDRS, zone_diameter_mm=DEFAULT_ZONE_MM)
    meta = ring_meta(
        rings,
        ETDRS,
        examination.laterality,
        parameters={**examination.parameters(), "used_layers": list(examination.retina.classes)},
        references=ETDRS_LITERATURE,
    )
    findings.put("etdrs", ring_means(rings), meta)
    if examination.ganglion_layers is None:
        for section in ("gcc", "hemispheres", "glaucoma"):
            findings.leave_out(section, NO_GANGLION_LAYERS)
        return
    complex_ = examination.thickness(examination.ganglion_layers)
    _ganglion_circle(examination, complex_, findings)
    _hemispheres(examination, complex_, findings)


def _ganglion_parameters(examination: Examination) -> dict[str, object]:
    used = list(examination.ganglion_layers or ())
    return {**examination.parameters(), "axis_deg": examination.axis.angle_deg, "used_layers": used}


def _ganglion_circle(examination: Examination, thickness: ThicknessMap, findings: Findings) -> None:
    rings = sector_statistics(
        thickness.grid,
        thickness.values,
        circle=GCC,
        zone_diameter_mm=DEFAULT_ZONE_MM,
        axis_deg=examination.axis.angle_deg,
    )
    parameters = _ganglion_parameters(examination)
    meta = ring_meta(rings, GCC, examination.laterality, parameters=parameters, references=GCC_LITERATURE)
    findings.put("gcc", ring_means(rings), meta)


def _hemispheres(examination: Examination, thickness: ThicknessMap, findings: Findings) -> None:
    grid, values, axis_deg = thickness.grid, thickness.values, examination.axis.angle_deg
    halves = hemisphere_statistics(grid, values, zone_diameter_mm=DEFAULT_ZONE_MM, axis_deg=axis_deg)
    rings = sector_statistics(grid, values, circle=quadrants(DEFAULT_ZONE_MM), axis_deg=axis_deg)
    content = {
        **half_means(*halves),
        "quadrants": ring_means(rings)["0"],
        "ppaa_full_exam": asymmetry_content(full_asymmetry(grid, values, axis_deg=axis_deg)),
        "ppaa_zone": asymmetry_content(zone_asymmetry(grid, values, zone_mm=DEFAULT_ZONE_MM, axis_deg=axis_deg)),
    }
    findings.put("hemispheres", content, half_meta(*halves, parameters=_ganglion_parameters(examination)))
    _glaucoma(halves, findings, is_computed=examination.is_computed)


def _glaucoma(halves: tuple[SectorStatistics, SectorStatistics], findings: Findings, *, is_computed: bool) -> None:
    superior, inferior = halves
    if is_computed:
        findings.leave_out("glaucoma", "the reference does not hold for computed layers")
        return
    if superior.mean is None or inferior.mean is None:
        findings.leave_out("glaucoma", "a hemisphere holds no tissue")
        return
    if min(superior.coverage, inferior.coverage) < LEAST_COVERAGE:
        findings.leave_out("glaucoma", "less than half of a hemisphere was measured")
        return
    content = {
        "distance_to_normal": distance_to_normal(superior_um=superior.mean, inferior_um=inferior.mean),
        "glaucoma_stage": glaucoma_stage(superior_um=superior.mean, inferior_um=inferior.mean).value,
    }
    findings.put("glaucoma", content, stage_meta(None, parameters=half_means(*halves)))


def _pathologies(examination: Examination, findings: Findings) -> None:
    if examination.pathologies is None:
        findings.leave_out("pathologies", NO_PATHOLOGIES)
        return
    maps = examination.pathology_maps_px
    cell_mm2 = examination.grid.cell_area_mm2
    row_um = examination.geometry.pixel_spacing_row_mm * UM_PER_MM
    slices = {name: maximal_slice(values) for name, values in maps.items()}
    content: dict[str, object] = {
        "areas": {name: area_mm2(values, cell_area_mm2=cell_mm2) for name, values in maps.items()},
        "volumes": {name: volume_mm3(values * row_um, cell_area_mm2=cell_mm2) for name, values in maps.items()},
        **_on_circle("areas", examination, present),
        **_on_circle("volumes", examination, lambda values: values * row_um / UM_PER_MM),
        "max_pathologies": slices,
        **_each_pathology(examination),
        **_counts(examination),
    }
    findings.put("pathologies", content)


def _on_circle(key: str, examination: Examination, density: Callable[[Floats], Floats]) -> dict[str, object]:
    """Integral of the density over the ETDRS circle, by name: rings, discs and sectors."""
    to_canonical = examination.geometry.orientation.to_canonical
    sums: dict[str, Sequence[Sequence[float]]] = {
        name: etdrs_sums(examination.grid, to_canonical(density(values)), zone_diameter_mm=DEFAULT_ZONE_MM)
        for name, values in examination.pathology_maps_px.items()
    }
    return {
        f"{key}_etdrs": level_content(sums, is_cumulative=False),
        f"{key}_etdrs_cumulative": level_content(sums, is_cumulative=True),
        f"{key}_etdrs_zone": zone_content(sums),
    }


def _each_pathology(examination: Examination) -> dict[str, object]:
    geometry, maps = examination.geometry, examination.pathology_maps_px
    scanned = grid_as_scanned(
        shape=(geometry.num_slices, geometry.columns),
        slice_spacing_mm=geometry.slice_spacing_mm,
        column_spacing_mm=geometry.pixel_spacing_column_mm,
        centre=(examination.centre.column, examination.centre.slice_index),
    )
    overlap = {
        name: circle_overlap_percent(
            examination.grid, geometry.orientation.to_canonical(values), zone_diameter_mm=DEFAULT_ZONE_MM
        )
        for name, values in maps.items()
    }
    nearest = {name: nearest_cell(scanned, values, zone_mm=DEFAULT_ZONE_MM) for name, values in maps.items()}
    return {
        "circle_overlap_ratios": {name: overlap_content(found) for name, found in overlap.items()},
        "distance_to_fovea_center": {name: nearest_content(found) for name, found in nearest.items()},
    }


def _counts(examination: Examination) -> dict[str, object]:
    maps, geometry = examination.pathology_maps_px, examination.geometry
    sizes_um = [
        size
        for name, values in maps.items()
        if name in STAGED
        for size in drusen_sizes_um(
            values,
            column_spacing_um=geometry.pixel_spacing_column_mm * UM_PER_MM,
            slice_spacing_um=geometry.slice_spacing_mm * UM_PER_MM,
        )
    ]
    is_staged = any(name in STAGED for name in maps)
    return {
        "amount": {name: label_spots(values)[1] for name, values in maps.items() if name in COUNTED},
        "amd_stage": amd_stage(sizes_um, flags=()).value if is_staged else None,
    }


def _optic_disc(examination: Examination, findings: Findings) -> None:
    if len(examination.landmarks.nerve) < NERVE_SLICES:
        findings.leave_out("odn", NO_NERVE)
        return
    with _fields_of_the_report():
        scan, options = examination.nerve_scan(), ContourOptions()
        turn_deg = examination.geometry.rotation_deg
        disc = turned(scan.disc(options), turn_deg)
        if not len(disc):
            findings.leave_out("odn", NO_DISC)
            return
        head = nerve_head(disc, turned(scan.cup(options, d_mm=0.15), turn_deg))
    if head.excavation is None:
        findings.reasons["odn.cup"] = "fewer than two slices show an excavation"
    content = nerve_head_content(head, pixels_per_mm=DISC_PIXELS_PER_MM)
    findings.put("odn", content, nerve_head_meta(examination.parameters()))


def _nerve_fibres(examination: Examination, findings: Findings) -> None:
    profile = nerve_fibre_profile(examination)
    if isinstance(profile, str):
        findings.leave_out("rnfl", profile)
        return
    kinds = tuple(RnflAnalysis)
    meta = profile_meta(profile, kinds, is_nested=True, parameters=examination.parameters())
    findings.put("rnfl", {"rnfl_thickness_statistics": profile_content(profile, kinds)}, meta)


def nerve_fibre_profile(examination: Examination) -> CircleProfile | str:
    """Thickness in mm on the circle around the disc, or why there is none."""
    if len(examination.landmarks.nerve) < NERVE_SLICES:
        return NO_NERVE
    named = examination.named_layers("rnfl")
    if named is None:
        return NO_RNFL
    if examination.laterality is None:
        return NO_LATERALITY
    geometry = examination.geometry
    thickness_mm = _measured_px(examination, named[0]) * geometry.pixel_spacing_row_mm
    with _fields_of_the_report():
        disc = examination.nerve_scan().disc(ContourOptions(smooth=False))
        if not len(disc):
            return NO_DISC
        return circle_profile(
            examination.grid,
            geometry.orientation.to_canonical(thickness_mm),
            disc_mm=disc,
            distance_mm=PROFILE_DISTANCE_MM,
        )


def _measured_px(examination: Examination, name: str) -> Floats:
    """Thickness of one class (slices, columns), NaN where it was not drawn."""
    layers = examination.layers
    if layers is None or examination.surfaces is not None:
        return examination.layer_maps_px[name]
    drawn = [[outline for outline in outlines if outline.name == name] for outlines in layers.slices]
    return np.where(reached_columns(drawn, width=layers.width), layers.thickness_px([name])[name], np.nan)


@contextmanager
def _fields_of_the_report() -> Iterator[None]:
    """Name the fields of this request where an analysis's own names were refused."""
    try:
        yield
    except InvalidInput as error:
        name = "layers" if error.field.startswith(("nerve_rnfl_layers", "ilm_list")) else "landmarks"
        raise InvalidInput(name, f"{error.field}: {error.message}") from error
