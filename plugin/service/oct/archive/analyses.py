"""Every analysis the input of a report allows, as the endpoint of each would have answered it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
from pydantic_core import from_json

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.circles import Statistic
from ophtha_core.oct.optic_disc import vitreous_border
from ophtha_core.oct.thickness import ThicknessUnit, um_per_unit
from plugin.service.oct import circles, glaucoma, measurements, optic_disc, pathology, rnfl
from plugin.service.oct.answers import JsonAnswer
from plugin.service.oct.archive.examination import Examination
from plugin.service.oct.arrays import as_rows
from plugin.service.oct.requests import OctRequest

SECTIONS = ("thickness_maps", "etdrs", "gcc", "hemispheres", "glaucoma", "pathologies", "odn", "rnfl")
NO_LAYERS = "no layers were given"
NO_GANGLION_LAYERS = "the layers rnfl, gcl and ipl are needed"
NO_PATHOLOGIES = "no pathologies were given"
NO_NERVE = "nerve landmarks on at least two slices are needed"
NO_LATERALITY = "the image does not say which eye it shows and laterality was not given"
NO_RNFL = "the layer rnfl is needed"
NERVE_SLICES = 2

Body = TypeVar("Body", bound=OctRequest)


@dataclass
class Findings:
    """Sections of the report, null where the input does not allow one; the reasons and the `meta` of each section."""

    sections: dict[str, object] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    meta: dict[str, object] = field(default_factory=dict)

    def leave_out(self, section: str, reason: str) -> None:
        """The section stays null."""
        self.sections[section] = None
        self.reasons[section] = reason

    def put(self, section: str, content: dict[str, object]) -> None:
        """An answer; its `meta` goes where all of them are."""
        if "meta" in content:
            self.meta[section] = content.pop("meta")
        self.sections[section] = content


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


def ask(
    route: Callable[[Body], JsonAnswer], request: type[Body], examination: Examination, **values: object
) -> dict[str, object]:
    """What an endpoint answers to these values; arrays go in as they are."""
    return _content(route(body_of(request, {**values, "include_meta": examination.request.include_meta})))


def body_of(request: type[Body], values: Mapping[str, object]) -> Body:
    """A request of values that are checked already: megabytes of maps need not pass through JSON once more."""
    return cast("Callable[..., Body]", request.model_construct)(**values)


def _content(answer: JsonAnswer) -> dict[str, object]:
    content = from_json(bytes(answer.body))
    assert isinstance(content, dict)
    return content


def _thickness_maps(examination: Examination, findings: Findings) -> None:
    maps = {**examination.layer_maps_px, **examination.pathology_maps_px}
    if not maps:
        findings.leave_out("thickness_maps", "no layer and no pathology is outlined on any slice")
        return
    unit = examination.request.thickness_unit
    scale = 1.0
    if unit is not ThicknessUnit.PX:
        row_um = um_per_unit(ThicknessUnit.PX, pixel_spacing_row_mm=examination.volume.geometry.pixel_spacing_row_mm)
        scale = row_um / um_per_unit(unit, pixel_spacing_row_mm=None)
    findings.sections["thickness_maps"] = {name: as_rows(values * scale) for name, values in maps.items()}


def _layer_sections(examination: Examination, findings: Findings) -> None:
    retina = examination.retina
    if retina is None:
        for section in ("etdrs", "gcc", "hemispheres", "glaucoma"):
            findings.leave_out(section, NO_LAYERS)
        return
    common = {
        **examination.scan_parameters(),
        "layers_thickness_maps": examination.layer_maps_px,
        "statistics": [Statistic.MEAN],
    }
    findings.put(
        "etdrs",
        ask(circles.get_etdrs, circles.CircleRequest, examination, used_layers=list(retina.classes), **common),
    )
    used = examination.ganglion_layers
    if used is None:
        for section in ("gcc", "hemispheres", "glaucoma"):
            findings.leave_out(section, NO_GANGLION_LAYERS)
        return
    layers = {**common, "used_layers": list(used)}
    findings.put("gcc", ask(circles.get_gcc_circle, circles.CircleRequest, examination, **layers))
    _hemispheres(examination, findings, layers)


def _hemispheres(examination: Examination, findings: Findings, layers: dict[str, object]) -> None:
    halves = ask(circles.get_two_segment_circle, circles.TwoSegmentRequest, examination, **layers)
    quadrants = ask(circles.get_four_segment_circle, circles.FourSegmentRequest, examination, **layers)
    real = {**layers, "use_real_units": True}
    whole = ask(glaucoma.get_full_exam_glaucoma_ppaa_matrix, glaucoma.FullAsymmetryRequest, examination, **real)
    zone = ask(glaucoma.get_mmzone_glaucoma_ppaa_matrix, glaucoma.ZoneAsymmetryRequest, examination, **real)
    for part in (quadrants, whole, zone):
        part.pop("meta", None)
    findings.put("hemispheres", {**halves, "quadrants": quadrants, "ppaa_full_exam": whole, "ppaa_zone": zone})
    superior, inferior = halves["superior_thickness"], halves["inferior_thickness"]
    if superior is None or inferior is None:
        findings.leave_out("glaucoma", "a hemisphere holds no tissue")
        return
    thickness = {"superior_thickness": superior, "inferior_thickness": inferior}
    stage = ask(glaucoma.get_glaucoma_stage, glaucoma.StageRequest, examination, **thickness)
    distance = ask(glaucoma.get_glaucoma_distance_to_normal, glaucoma.StageRequest, examination, **thickness)
    findings.put("glaucoma", {**distance, **stage})


def _pathologies(examination: Examination, findings: Findings) -> None:
    if examination.pathologies is None:
        findings.leave_out("pathologies", NO_PATHOLOGIES)
        return
    maps = examination.pathology_maps_px
    common = {**examination.scan_parameters(), "pathology_thickness_maps": maps}
    content: dict[str, object] = {}
    content |= ask(measurements.get_en_face_area_calculations, measurements.EnFaceMaps, examination, **common)
    content |= ask(measurements.get_volume_calculations, measurements.EnFaceMaps, examination, **common)
    for cumulative, suffix in ((False, "etdrs"), (True, "etdrs_cumulative")):
        levels = {**common, "is_cumulative": cumulative}
        areas = ask(pathology.get_pathology_area_etdrs_calculations, pathology.LevelRequest, examination, **levels)
        volumes = ask(pathology.get_pathology_volume_etdrs_calculations, pathology.LevelRequest, examination, **levels)
        content |= {f"areas_{suffix}": areas["areas"], f"volumes_{suffix}": volumes["volumes"]}
    zone = ask(pathology.get_pathology_area_etdrs_calculations_zone, pathology.PathologyMaps, examination, **common)
    content["areas_etdrs_zone"] = zone["areas"]
    zone = ask(pathology.get_pathology_volume_etdrs_calculations_zone, pathology.PathologyMaps, examination, **common)
    content["volumes_etdrs_zone"] = zone["volumes"]
    content |= ask(
        pathology.get_maximal_pathology_slice_index_from_thm, pathology.MaximalSliceRequest, examination, **common
    )
    content |= _each_pathology(examination)
    content |= _counts(examination)
    findings.put("pathologies", content)


def _each_pathology(examination: Examination) -> dict[str, object]:
    overlap: dict[str, object] = {}
    distance: dict[str, object] = {}
    for name, values in examination.pathology_maps_px.items():
        one = {**examination.scan_parameters(), "pathology_thickness_map": values}
        ratios = ask(pathology.get_pathology_circle_overlap_ratios, pathology.OneMap, examination, **one)
        nearest = ask(pathology.get_pathology_distance_to_fovea_center, pathology.OneMap, examination, **one)
        for part, whole in ((ratios, overlap), (nearest, distance)):
            part.pop("meta", None)
            whole[name] = part
    return {"circle_overlap_ratios": overlap, "distance_to_fovea_center": distance}


def _counts(examination: Examination) -> dict[str, object]:
    maps = examination.pathology_maps_px
    counted = {name: values for name, values in maps.items() if name in pathology.COUNTED}
    staged = {name: values for name, values in maps.items() if name in pathology.STAGED}
    amount = ask(pathology.get_pathology_amount, pathology.AmountRequest, examination, pathology_thickness_maps=counted)
    amount.pop("meta", None)
    content: dict[str, object] = {"amount": amount, "amd_stage": None}
    if staged:
        geometry = examination.volume.geometry
        content |= ask(
            pathology.get_amd_stage,
            pathology.AmdRequest,
            examination,
            pathology_thickness_maps=staged,
            pixel_spacing_column=geometry.pixel_spacing_column_mm * 1000,
            slice_thickness=geometry.slice_spacing_mm,
            unique_scan_diseases=[],
        )
    return content


def _optic_disc(examination: Examination, findings: Findings) -> None:
    nerve = examination.landmarks.nerve
    if len(nerve) < NERVE_SLICES:
        findings.leave_out("odn", NO_NERVE)
        return
    geometry = examination.volume.geometry
    with _fields_of_the_report():
        rim = ask(
            optic_disc.extract_neuroretinal_rim_circles,
            optic_disc.RimRequest,
            examination,
            **examination.scan_parameters(),
            nerve_landmarks_list=[as_rows(nerve[index]) for index in sorted(nerve)],
            nerve_slices=sorted(nerve),
            ilm_list=[_membrane(examination, index) for index in sorted(nerve)],
            num_slices=geometry.num_slices,
            pixel_image_width=geometry.columns,
        )
        disc = ask(optic_disc.analyze_odn, optic_disc.DiscRequest, examination, disk=rim["disc_mm"], cup=rim["cup_mm"])
    findings.put("odn", disc)


def _membrane(examination: Examination, index: int) -> list[list[float]]:
    """The ILM of a slice: the class of that name, else the vitreous border of the nerve fibre layer."""
    if examination.layers is None:
        return []
    for name in ("ilm", "rnfl"):
        drawn = [each.points for each in examination.layers.slices[index] if each.name.strip().lower() == name]
        if drawn:
            # Of a layer that the disc interrupts, the pieces from left to right.
            borders = sorted((vitreous_border(points) for points in drawn), key=lambda border: float(border[0, 0]))
            return as_rows(np.concatenate(borders))
    return []


def _nerve_fibres(examination: Examination, findings: Findings) -> None:
    request = nerve_fibre_request(examination)
    if isinstance(request, str):
        findings.leave_out("rnfl", request)
        return
    with _fields_of_the_report():
        findings.put("rnfl", _content(rnfl.analyze_odn_rnfl(request)))


def nerve_fibre_request(examination: Examination) -> rnfl.RnflRequest | str:
    """The request of `analyze_odn_rnfl`, or why there is none."""
    nerve = examination.landmarks.nerve
    if len(nerve) < NERVE_SLICES:
        return NO_NERVE
    if examination.named_layers("rnfl") is None:
        return NO_RNFL
    if examination.laterality is None:
        return NO_LATERALITY
    geometry = examination.volume.geometry
    values = {
        **examination.scan_parameters(),
        "include_meta": examination.request.include_meta,
        "analysis_type": "all",
        "nerve_landmarks_list": [as_rows(nerve[index]) for index in sorted(nerve)],
        "nerve_slice_indices": sorted(nerve),
        "nerve_rnfl_layers": examination.request.layers,
        "pixel_height": geometry.rows,
        "pixel_width": geometry.columns,
        "num_slices": geometry.num_slices,
    }
    return body_of(rnfl.RnflRequest, values)


@contextmanager
def _fields_of_the_report() -> Iterator[None]:
    """Name the fields of this request where an endpoint's own names were refused."""
    try:
        yield
    except InvalidInput as error:
        name = "layers" if error.field.startswith(("nerve_rnfl_layers", "ilm_list")) else "landmarks"
        raise InvalidInput(name, f"{error.field}: {error.message}") from error
