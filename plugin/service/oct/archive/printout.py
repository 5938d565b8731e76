"""``/plugins/oct/studies/{id}/printout.pdf``: both eyes of a study on a page."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, cast

import numpy as np
from fastapi import Path
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import Response

from ophtha_core.dicom.reading import known_text
from ophtha_core.display.oct_page import EyeSheet, draw_page
from ophtha_core.errors import InvalidInput
from ophtha_core.oct.circle_scan import tsnit
from ophtha_core.oct.circles import ETDRS, sector_statistics
from ophtha_core.oct.dicom.codes import RetinalThickness
from ophtha_core.oct.dicom.document import write_document
from ophtha_core.oct.enface import Laterality
from ophtha_core.oct.full_retina import OuterBorder
from ophtha_core.oct.layer_surfaces import surfaces_of
from ophtha_core.oct.thickness import UM_PER_MM
from ophtha_core.oct.upright import upright
from plugin.service.effects import READS, WRITES
from plugin.service.errors import NotFound
from plugin.service.oct.archive.analyses import nerve_fibre_profile
from plugin.service.oct.archive.examination import Examination, examine
from plugin.service.oct.archive.kept_segmentation import ReadSegmentations, ReadSegmentationsOf
from plugin.service.oct.archive.opening import read_bscan
from plugin.service.oct.archive.pictures import LEGENDS
from plugin.service.oct.archive.requests import ReportRequest
from plugin.service.oct.archive.stored_layers import FoundLayers, layers_of
from plugin.service.oct.archive.storing import store_once
from plugin.service.oct.archive.volumes import FoundVolume, volumes_of
from plugin.service.oct.arrays import Floats
from plugin.service.oct.routing import oct_router
from plugin.service.parts import Parts, PartsOf
from plugin.service.readers.stored import find_stored, read_file
from plugin.service.serving.described import binary

router = oct_router()

_StudyId = Annotated[str, Path(description="Orthanc's identifier", pattern="^[0-9a-fA-F-]{1,64}$")]
_PDF: Final = binary("application/pdf", description="A page")
_NO_VOLUMES: Final = frozenset({"SEG", "SR", "OPM", "OP", "DOC", "PR", "KO"})
_KINDS: Final = {OuterBorder.RPE: RetinalThickness.ILM_TO_RPE, OuterBorder.BM: RetinalThickness.ILM_TO_BM}
_SHOWN: Final = ("ILM", "RNFL_outer", "INL_inner", "BM", "RPE_outer")


class PrintRequest(BaseModel):
    """What to do with the page."""

    model_config = ConfigDict(strict=True, extra="forbid")

    store: bool = Field(default=False, description="Write it into the study as Encapsulated PDF")


@dataclass(frozen=True, kw_only=True, eq=False)
class PrintedEye:
    """One volume, what is known of its layers, and the B-scan through its centre."""

    examination: Examination
    found: FoundLayers | None
    bscan: NDArray[np.uint8]
    bscan_index: int


@router.get("/studies/{study_id}/printout.pdf", response_class=Response, responses=_PDF, dependencies=[READS])
async def get_printout(parts: PartsOf, study_id: _StudyId, segmentations: ReadSegmentationsOf) -> Response:
    """An A4 page of both eyes: maps, sectors, the B-scan through the fovea, and how far to trust them."""
    pdf, _ = await _printed(parts, segmentations, study_id)
    return _answer(pdf)


@router.post("/studies/{study_id}/printout.pdf", response_class=Response, responses=_PDF, dependencies=[WRITES])
async def post_printout(
    parts: PartsOf, study_id: _StudyId, segmentations: ReadSegmentationsOf, wish: PrintRequest
) -> Response:
    """The same page; `store` also writes it into the study, once."""
    pdf, eyes = await _printed(parts, segmentations, study_id)
    document = write_document(eyes[0].examination.volume, pdf, title="OCT printout")
    await store_once(parts, [document] if wish.store else [], source=study_id)
    return _answer(pdf)


def _answer(pdf: bytes) -> Response:
    headers = {"Content-Disposition": 'inline; filename="oct.pdf"', "Cache-Control": "no-cache"}
    return Response(pdf, media_type="application/pdf", headers=headers)


async def _printed(parts: Parts, segmentations: ReadSegmentations, study_id: str) -> tuple[bytes, list[PrintedEye]]:
    series = await parts.orthanc.get_json(f"/studies/{study_id}/series")
    candidates: list[PrintedEye] = []
    for each in cast("list[dict[str, JsonValue]]", series):
        tags = cast("dict[str, str]", each["MainDicomTags"])
        if tags.get("Modality") in _NO_VOLUMES:
            continue
        volumes, _ = await volumes_of(parts, str(each["ID"]))
        candidates += [await _eye(parts, segmentations, volume) for volume in volumes]
    eyes = _best(candidates)
    if not eyes:
        raise NotFound("The study holds no OCT volume that says which eye it shows")
    return await asyncio.to_thread(_page, eyes), eyes


async def _eye(parts: Parts, segmentations: ReadSegmentations, volume: FoundVolume) -> PrintedEye:
    request = ReportRequest(computed=True)
    layers = await layers_of(parts, segmentations, volume.level, volume.id, volume=volume.volume, request=request)
    examination = examine(volume.volume, request, layers)
    index = min(max(round(examination.centre.slice_index), 0), len(volume.volume.bscans) - 1)
    bscan = volume.volume.bscans[index]
    instance = await find_stored(parts, volume.identifiers[str(bscan.source.SOPInstanceUID)])
    picture = await read_file(parts, instance, read_bscan, bscan.frame)
    return PrintedEye(examination=examination, found=layers, bscan=picture, bscan_index=index)


def _best(candidates: Sequence[PrintedEye]) -> list[PrintedEye]:
    """Of each eye the volume with layers, the finest of several."""
    chosen: list[PrintedEye] = []
    for eye in (Laterality.RIGHT, Laterality.LEFT):
        of_eye = [each for each in candidates if each.examination.laterality is eye]
        if of_eye:
            chosen.append(max(of_eye, key=lambda each: (each.found is not None, each.examination.grid.rows)))
    return chosen


def _page(eyes: Sequence[PrintedEye]) -> bytes:
    source = eyes[0].examination.volume.source
    title = "   ".join(filter(None, (known_text(source, key) for key in ("PatientName", "PatientID"))))
    device = (known_text(source, "Manufacturer"), known_text(source, "ManufacturerModelName"))
    birth, day = (_day(known_text(source, key)) for key in ("PatientBirthDate", "StudyDate"))
    subtitle = "   ".join(filter(None, (f"born {birth}" if birth else "", f"scanned {day}" if day else "", *device)))
    return draw_page(title or "OCT", subtitle, [_sheet(each) for each in eyes])


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 else ""


def _sheet(eye: PrintedEye) -> EyeSheet:
    examination = eye.examination
    retina = examination.retina
    letter = "" if examination.laterality is None else examination.laterality.value
    facts, warnings = _facts(eye)
    if retina is None or retina.border is None:
        return EyeSheet(eye=letter, bscan=eye.bscan, facts=facts, warnings=warnings)
    return EyeSheet(
        eye=letter,
        thickness=upright(examination.thickness(retina.classes)),
        legend=LEGENDS[_KINDS[retina.border]],
        circle=ETDRS,
        bscan=eye.bscan,
        surfaces=_surfaces(eye),
        tsnit_um=_tsnit(examination),
        facts=facts,
        warnings=warnings,
    )


def _surfaces(eye: PrintedEye) -> Mapping[str, Floats]:
    layers, surfaces = eye.examination.layers, eye.examination.surfaces
    try:
        found = surfaces or (None if layers is None else surfaces_of(layers))
    except InvalidInput:
        return {}
    shown = {} if found is None else found.surfaces
    return {name: shown[name][eye.bscan_index] for name in _SHOWN if name in shown}


def _tsnit(examination: Examination) -> list[float | None] | None:
    profile = nerve_fibre_profile(examination)
    if isinstance(profile, str):
        return None
    return [None if value is None else value * UM_PER_MM for value in tsnit(profile)]


def _facts(eye: PrintedEye) -> tuple[list[str], list[str]]:
    examination, facts, warnings = eye.examination, [], []
    if eye.found is not None:
        used = eye.found.used
        facts.append("Layers: " + " ".join(filter(None, (used.source, used.algorithm, used.version))))
        if used.computed:
            warnings.append("Layers computed by Ophtha, not reviewed")
    facts.append(f"Centre: {examination.centre.source.value}; B-scan {eye.bscan_index + 1}")
    retina = examination.retina
    if retina is not None and retina.border is not None:
        thickness = examination.thickness(retina.classes)
        sectors = [each for ring in sector_statistics(thickness.grid, thickness.values, circle=ETDRS) for each in ring]
        share = sum(each.covered_area_mm2 for each in sectors) / sum(each.area_mm2 for each in sectors)
        facts.append(f"Measured: {share:.0%} of the 6 mm disc, to the {retina.border.value.upper()}")
    elif retina is not None:
        warnings.append(f"No full retina: {retina.reason}")
    reasons = dict(examination.geometry.reasons)
    if examination.centre.is_assumed and eye.found is not None:
        reasons["centre"] = "middle of the scan"
    warnings += [f"Assumed, not proven: {name} ({reason})" for name, reason in sorted(reasons.items())]
    return facts, warnings
