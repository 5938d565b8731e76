"""Two visits of one eye: what changed, and whether it may be compared."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ophtha_core.dicom.derived_header import derived_uid
from ophtha_core.oct.dicom.height_map import AlgorithmType, SegmentationSource, write_height_map
from ophtha_core.oct.dicom.volume import read_oct_volume
from ophtha_core.oct.layer_surfaces import LayerSurfaces
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload
from tests.plugin.service.oct.archive.examinations import Json

MANUAL = SegmentationSource(kind=AlgorithmType.MANUAL)


def visit(
    *,
    day: str,
    patient_id: str,
    right_eye: bool = True,
    thicker_px: float = 0.0,
    rotation_deg: float = 0.0,
    maker: str | None = None,
) -> list[Dataset]:
    """A volume of that day with its surfaces, the pit where the fovea is."""
    phantom = OctPhantom(
        anatomy=RetinaAnatomy(right_eye=right_eye),
        num_slices=48,
        slice_spacing_mm=0.15,
        columns=84,
        pixel_spacing_column_mm=0.085,
        rotation_deg=rotation_deg,
    )
    study = opt_study(phantom, patient_id=patient_id)
    suffix = f".{day}.{round(abs(rotation_deg))}.{int(right_eye)}"
    for each in (study.volume, study.localizer):
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            setattr(each, keyword, derived_uid(f"{each.get(keyword)}{suffix}"))
        each.file_meta.MediaStorageSOPInstanceUID = each.SOPInstanceUID
        each.StudyDate, each.AcquisitionDateTime = day, f"{day}101010"
        each.Manufacturer = maker or each.Manufacturer
    for groups in study.volume.PerFrameFunctionalGroupsSequence:
        groups.OphthalmicFrameLocationSequence[0].ReferencedSOPInstanceUID = study.localizer.SOPInstanceUID
    volume = read_oct_volume([study.volume], localizers={study.localizer.SOPInstanceUID: study.localizer})
    boundaries = phantom.boundaries_px()
    surfaces = {"ILM": boundaries[0] - thicker_px, "BM": boundaries[-1]}
    layers = LayerSurfaces(surfaces=surfaces, width=phantom.columns, height=phantom.rows)
    return [study.volume, study.localizer, write_height_map(volume, layers, made_by=MANUAL)]


def compared(product: Product, instance: str, previous: str, *, status: int = 200) -> Json:
    answer = product.post(f"/plugins/oct/instances/{instance}/compare", json={"previous": previous})
    assert answer.status_code == status, answer.text
    content: Json = answer.json()
    return content


@pytest.mark.parametrize("rotation_deg", [0.0, 20.0])
def test_a_retina_that_grew_thicker_is_thicker_whichever_visit_is_named_first(
    rotation_deg: float, product: Product, upload: Upload
) -> None:
    patient = f"GROWS-{rotation_deg}"
    before = upload(visit(day="20240301", patient_id=patient, rotation_deg=rotation_deg))[0]
    after = upload(visit(day="20240531", patient_id=patient, thicker_px=4.0))[0]
    series = product.get(f"/instances/{before}").json()["ParentSeries"]
    found = [compared(product, after, before), compared(product, before, after), compared(product, after, series)]
    for each in found:
        assert (each["comparable"], each["reason"], each["days"]) == (True, None, 91)
        changes = [value for ring in each["etdrs"].values() for value in ring.values()]  # type: ignore[attr-defined]
        assert changes == pytest.approx([30.0] * 9, abs=0.8)
        change = np.array(each["map"], dtype=np.float64)
        assert np.nanmedian(change) == pytest.approx(30.0, abs=0.2)
        assert each["meta"]["newer"]["date"] == "2024-05-31"  # type: ignore[index]
        assert each["repeatability_um"] is None


def test_visits_that_cannot_be_told_apart_or_differ_in_device_are_marked(product: Product, upload: Upload) -> None:
    patient = "MARKED"
    one = upload(visit(day="20240301", patient_id=patient))[0]
    same_day = upload(visit(day="20240301", patient_id=patient, thicker_px=2.0, rotation_deg=3.0))[0]
    found = compared(product, same_day, one)
    assert (found["comparable"], found["days"]) == (False, None)
    assert "date" in str(found["reason"])
    assert found["etdrs"]["0"]["0"] == pytest.approx(15.0, abs=1.0)  # type: ignore[index]
    other = upload(visit(day="20240801", patient_id=patient, maker="Another maker", rotation_deg=5.0))[0]
    found = compared(product, other, one)
    assert (found["comparable"], found["reason"]) == (False, "the scans come from different devices")


def test_another_patient_or_eye_is_refused_and_so_is_a_visit_without_layers(product: Product, upload: Upload) -> None:
    one = upload(visit(day="20240301", patient_id="FIRST"))[0]
    stranger = upload(visit(day="20240401", patient_id="SECOND"))[0]
    assert "patient" in str(compared(product, one, stranger, status=422))
    left = upload(visit(day="20240501", patient_id="FIRST", right_eye=False))[0]
    assert "eye" in str(compared(product, one, left, status=422))
    bare = upload(visit(day="20240601", patient_id="FIRST", rotation_deg=7.0)[:2])[0]
    compared(product, one, bare, status=404)
    compared(product, one, "00000000-00000000-00000000-00000000-00000000", status=404)
