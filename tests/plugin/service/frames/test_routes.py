"""The routes that the mask editor shares with scripts."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from ophtha_core.phantoms.ultrasound import ultrasound
from tests.kit.product import Product

_BOX = {"MaskType": "Fill", "FillValue": 0, "RegionType": "3D", "Origin": [-10, -10, -1], "End": [10, 10, 11]}


@dataclass(frozen=True)
class Stored:
    """Orthanc's identifiers of what a test looks at."""

    product: Product
    series: str
    instances: list[str]
    clip: str

    def ask(self, path: str, region: dict[str, object]) -> tuple[int, dict[str, object]]:
        answer = self.product.post(path, json={"MaskPixelData": {"Regions": [region]}})
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def stored(product: Product) -> Iterator[Stored]:
    files = []
    for dataset in (
        *head_ct(HeadCt(pixels=32, field_mm=64.0, slices=8, slice_spacing_mm=5, lowest_z_mm=-10)),
        ultrasound(),
    ):
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        files.append(buffer.getvalue())
    *instances, clip = product.upload(files)
    series = product.get(f"/instances/{instances[0]}").json()["ParentSeries"]
    yield Stored(product=product, series=series, instances=instances, clip=clip)
    for each in (instances[0], clip):
        study = product.get(f"/instances/{each}/study").json()["ID"]
        product.client().delete(f"/studies/{study}")


def test_frames_come_in_the_order_of_their_positions(stored: Stored) -> None:
    answer = stored.product.get(f"/plugins/ophtha/series/{stored.series}/frames").json()
    assert answer["is_volume"]
    assert answer["window"] == {"center": 40.0, "width": 400.0}
    heights = [frame["plane"]["origin_mm"][2] for frame in answer["frames"]]
    assert heights == [-10.0 + 5 * number for number in range(8)]


def test_a_box_hits_the_slices_it_touches(stored: Stored) -> None:
    status, hits = stored.ask(f"/plugins/pixels-masker/series/{stored.series}/hits", _BOX)
    assert (status, hits["Frames"], hits["FrameCount"]) == (200, 8, 3)


def test_images_without_a_place_are_named(stored: Stored) -> None:
    status, hits = stored.ask(f"/plugins/pixels-masker/instances/{stored.clip}/hits", _BOX)
    assert (status, hits["FrameCount"], hits["Unreadable"]) == (200, 0, [stored.clip])


def test_a_mask_that_masking_would_refuse_is_refused(stored: Stored) -> None:
    path = f"/plugins/pixels-masker/series/{stored.series}/hits"
    status, error = stored.ask(path, {**_BOX, "End": [1, 2]})
    assert status == 400
    assert error["Details"][0]["loc"] == ["body", "MaskPixelData", "Regions", 0, "End"]  # type: ignore[index]
    status, error = stored.ask(path, {**_BOX, "TargetSeries": ["another"]})
    assert status == 400


def test_a_preview_is_a_picture_and_bad_values_are_named(stored: Stored) -> None:
    path = f"/plugins/ophtha/instances/{stored.instances[2]}/frames/0/preview"
    answer = stored.product.post(path, json={"MaskPixelData": {"Regions": [_BOX]}, "Show": "difference"})
    assert answer.headers["content-type"] == "image/png"
    status, error = stored.ask(path, {**_BOX, "FillValue": 10**6})
    assert status == 422
    assert "FillValue" in str(error["Message"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/plugins/ophtha/series/00000000-00000000-00000000-00000000-00000000/frames", 404),
        ("/plugins/ophtha/instances/00000000-00000000-00000000-00000000-00000000/frames/0/image", 404),
        ("/plugins/ophtha/studies/nothing", 404),
    ],
)
def test_what_is_not_there_is_not_found(stored: Stored, path: str, status: int) -> None:
    answer = stored.product.get(path)
    assert (answer.status_code, answer.json()["HttpStatus"]) == (status, status)


def test_a_clip_is_no_volume_and_has_no_frame_beyond_its_last(stored: Stored) -> None:
    series = stored.product.get(f"/instances/{stored.clip}").json()["ParentSeries"]
    volume = stored.product.get(f"/plugins/ophtha/series/{series}/display-volume.nii.gz")
    frame = stored.product.get(f"/plugins/ophtha/instances/{stored.clip}/frames/8/image")
    assert (volume.status_code, frame.status_code) == (422, 422)


def test_studies_are_found_by_a_part_of_a_name_whatever_the_content_type(stored: Stored) -> None:
    with stored.product.client() as client:
        answer = client.post(
            "/plugins/ophtha/studies/find",
            content=b'{"text": "jane"}',
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    tools = {tuple(study["tools"]) for study in answer.json()["studies"]}
    assert ("mask", "registration") in tools
