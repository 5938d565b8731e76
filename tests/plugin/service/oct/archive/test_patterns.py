"""Circle and radial scans: where they lie comes from the frame locations, and what they measure into the study."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ophtha_core.oct.dicom.measurements import read_measurements
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import ScanPattern, opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload
from tests.plugin.service.oct.archive.examinations import Json, documents, report


def circle_phantom(*, right_eye: bool) -> OctPhantom:
    return OctPhantom(
        anatomy=RetinaAnatomy(right_eye=right_eye), num_slices=1, columns=400, pixel_spacing_column_mm=0.0267707
    )


def stored(product: Product, upload: Upload, phantom: OctPhantom, pattern: ScanPattern, patient_id: str) -> str:
    study = opt_study(phantom, pattern=pattern, patient_id=patient_id)
    return upload([study.volume, study.localizer])[0]


def band(phantom: OctPhantom, name: str, bottom: list[float]) -> dict[str, object]:
    """A layer from row 20 down to `bottom`."""
    columns = np.arange(phantom.columns, dtype=np.float64)
    upper = np.column_stack([columns, np.full(phantom.columns, 20.0)])
    points = np.concatenate([upper, np.column_stack([columns, bottom])[::-1]])
    return {
        "instances": [{"className": name, "points": points.ravel().tolist()}],
        "metadata": {"width": phantom.columns, "height": phantom.rows},
    }


@pytest.mark.parametrize("right_eye", [True, False])
def test_a_circle_gives_tsnit_sectors_and_its_document(right_eye: bool, product: Product, upload: Upload) -> None:
    phantom = circle_phantom(right_eye=right_eye)
    instance = stored(product, upload, phantom, ScanPattern.CIRCLE, f"CIRCLE-{right_eye}")
    geometry = product.get(f"/plugins/oct/instances/{instance}/geometry").json()
    assert geometry["scan_protocol"] == "CIRCLE"
    assert geometry["radius_mm"] == pytest.approx(1.7, abs=1e-3)
    assert (geometry["sense"], geometry["assumed"]) == ("CLOCKWISE", [])
    assert geometry["start_deg"] % 360 == pytest.approx(0, abs=0.1)

    angles = np.linspace(0, 2 * np.pi, phantom.columns)
    nasal = 1 if right_eye else -1
    thickness_px = 14 + 4 * nasal * np.cos(angles) + 2 * np.sin(angles)
    content = report(product, instance, layers=[band(phantom, "rnfl", list(20 + thickness_px))], store=True)
    rnfl = content["rnfl"]
    assert isinstance(rnfl, dict)
    row_um = phantom.pixel_spacing_row_mm * 1000
    share = np.sin(np.pi / 4) / (np.pi / 4)
    expected = [14 + 4 * share, 14 + 2 * share, 14 - 4 * share, 14 - 2 * share]
    quadrants = [value * 1000 for value in rnfl["rnfl_thickness_statistics"]["quadrant"].values()]
    assert quadrants == pytest.approx([each * row_um for each in expected], abs=0.1)
    assert len(rnfl["tsnit"]) == 768
    assert rnfl["tsnit"][0] * 1000 == pytest.approx(10 * row_um, abs=0.2)
    assert list(rnfl["garway_heath"]) == ["T", "TS", "NS", "N", "NI", "TI"]
    values = read_measurements(documents(product, content)["131242"])
    assert values["131274"] == pytest.approx(3400, abs=3)
    assert values["131267"] == pytest.approx(quadrants[2], abs=1e-3)
    assert content["etdrs"] is None


def test_without_an_eye_a_circle_has_no_temporal_side(product: Product, upload: Upload) -> None:
    phantom = circle_phantom(right_eye=True)
    study = opt_study(phantom, pattern=ScanPattern.CIRCLE, laterality=False, patient_id="NO-EYE-CIRCLE")
    del study.volume.SharedFunctionalGroupsSequence[0].FrameAnatomySequence
    instance = upload([study.volume, study.localizer])[0]
    layers = [band(phantom, "rnfl", [34.0] * phantom.columns)]
    content = report(product, instance, layers=layers, store=True)
    assert content["rnfl"] is None
    assert "eye" in content["meta"]["not_stored"]["rnfl_report"]  # type: ignore[index]
    given = report(product, instance, layers=layers, store=True, laterality="L")
    assert given["rnfl"] is not None
    assert set(documents(product, given)) == {"131242"}


def test_a_star_gives_the_subfields(product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=12, columns=160, pixel_spacing_column_mm=0.04)
    instance = stored(product, upload, phantom, ScanPattern.RADIAL, "STAR")
    geometry = product.get(f"/plugins/oct/instances/{instance}/geometry").json()
    assert geometry["scan_protocol"] == "RADIAL"
    assert geometry["spoke_angles_deg"] == pytest.approx([15.0 * index for index in range(12)], abs=0.1)
    layers = [band(phantom, "retina", [60.0] * phantom.columns) for _ in range(12)]
    content = report(product, instance, layers=layers, include_meta=True, store=True)
    etdrs = content["etdrs"]
    assert isinstance(etdrs, dict)
    means = [sector["mean"] for ring in etdrs.values() for sector in ring.values()]
    assert means == pytest.approx([40 * 7.5] * 9)
    assert content["meta"]["coverage"]["etdrs"]["2"]["0"] == pytest.approx(1.0, abs=0.01)  # type: ignore[index]
    assert content["stored"] == []
    answer: Json = report(product, instance, status=422, layers=layers[:3])
    assert "12 B-scans" in str(answer)


def test_patterns_that_nothing_locates_are_refused(product: Product, upload: Upload) -> None:
    study = opt_study(circle_phantom(right_eye=True), pattern=ScanPattern.CIRCLE, frame_locations=False, patient_id="X")
    volume: Dataset = study.volume
    answer = product.get(f"/plugins/oct/instances/{upload([volume])[0]}/geometry")
    assert answer.status_code == 422
    assert "ScanPatternTypeCodeSequence" in str(answer.json()["Details"])


@pytest.mark.parametrize("protocol", ["CIRCLE", "RADIAL"])
def test_raster_analyses_refuse_a_circle(protocol: str, product: Product) -> None:
    body = {"layers_thickness_maps": {"a": [[1.0]]}, "used_layers": ["a"], "scan_protocol": protocol}
    answer = product.post("/plugins/oct/get_etdrs", json=body)
    assert answer.status_code == 422
    assert "scan_protocol" in str(answer.json()["Details"])
