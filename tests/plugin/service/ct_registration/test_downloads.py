import gzip
import io
import json
import tarfile
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from tests.kit.chest_series import REFERENCE
from tests.kit.product import Product
from tests.kit.registration import ProtocolClient


@pytest.fixture
def urls(alice: ProtocolClient, finished: str) -> dict[str, str]:
    return alice.results(finished)


def test_links_are_made_anew_at_every_look(alice: ProtocolClient, finished: str, urls: dict[str, str]) -> None:
    assert urls["NUrl"].startswith(f"{alice.base}/plugins/registration/results/")
    assert httpx.get(urls["NUrl"]).status_code == 200
    expires = [int(part.removeprefix("Expires=")) for part in urlsplit(urls["NUrl"]).query.split("&") if "Exp" in part]
    assert len(expires) == 1


def test_links_begin_with_the_host_that_was_asked_without_its_path(registering: Product, finished: str) -> None:
    query = {"Action": "GetAsyncJobResult", "JobId": finished}
    with registering.client() as client:
        headers = {"Host": f"pacs.hospital:{registering.port}/plugins/registration"}
        data = client.get("/plugins/registration/", params=query, headers=headers).json()["Data"]
    link = json.loads(data["Result"])["NUrl"]
    assert link.startswith(f"http://pacs.hospital:{registering.port}/plugins/registration/results/")


def test_a_download_says_what_it_is(urls: dict[str, str]) -> None:
    answer = httpx.get(urls["NUrl"])
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-disposition"].endswith('registered.nii.gz"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = httpx.get(urls["NUrl"], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = httpx.head(urls["DUrl"])
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0


def test_a_part_of_a_file_is_served_on_the_api_port(urls: dict[str, str]) -> None:
    whole = httpx.get(urls["NUrl"])
    part = httpx.get(urls["NUrl"], headers={"Range": "bytes=100-299", "If-Range": whole.headers["etag"]})
    assert part.status_code == 206
    assert part.content == whole.content[100:300]
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"
    beyond = httpx.get(urls["NUrl"], headers={"Range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416


def test_orthancs_port_serves_the_whole_file_whatever_part_is_asked_for(
    orthanc_port: ProtocolClient, urls: dict[str, str], finished: str
) -> None:
    link = orthanc_port.results(finished)["NUrl"]
    answer = httpx.get(link, headers={"Range": "bytes=100-299"})
    assert answer.status_code == 200
    assert answer.content == httpx.get(urls["NUrl"]).content


def test_the_archive_holds_the_slices_of_the_volume(
    urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("result") / "registered.nii.gz"
    path.write_bytes(httpx.get(urls["NUrl"]).content)
    volume = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    with tarfile.open(fileobj=io.BytesIO(httpx.get(urls["DUrl"]).content)) as archive:
        names = archive.getnames()
        assert names == [f"{number:04d}.dcm" for number in range(1, REFERENCE.slices + 1)]
        slices = [dcmread(archive.extractfile(name)) for name in names]  # type: ignore[arg-type]
    assert np.array_equal(volume, np.stack([each.pixel_array for each in slices]))
    assert np.array_equal(volume, REFERENCE.voxels())


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("Signature=", "Signature=0"), 403),
        (("Expires=1", "Expires=9"), 403),
        (("registered.nii.gz", "registered.tar.gz"), 403),
        (("registered.nii.gz", "link.key"), 404),
        (("registered.nii.gz", "storing"), 404),
        (("registered.nii.gz", "..%2Flink.key"), 404),
    ],
)
def test_a_changed_link_opens_nothing(urls: dict[str, str], change: tuple[str, str], status: int) -> None:
    answer = httpx.get(urls["NUrl"].replace(*change))
    assert answer.status_code == status
    assert set(answer.json()) & {"Code", "Message"}


def test_a_link_of_orthancs_port_does_not_work_on_the_api_port(
    orthanc_port: ProtocolClient, alice: ProtocolClient, finished: str
) -> None:
    link = orthanc_port.results(finished)["NUrl"]
    assert httpx.get(link).status_code == 200
    assert httpx.get(link.replace(orthanc_port.base, alice.base)).status_code == 403


def test_the_job_shows_every_result(registering: Product, finished: str) -> None:
    job = registering.get(f"/jobs/{finished}").json()
    assert (job["State"], job["Progress"], job["ErrorCode"]) == ("Success", 100, 0)
    content = job["Content"]
    assert {"NUrl", "DUrl", "FieldUrl", "ReportUrl", "PreviewUrls", "Quality", "Warnings", "StoredSeries"} <= set(
        content
    )
    assert content["StoredSeries"] is None
    assert content["Quality"]["Correlation"]["After"] == 1
    assert any("identity" in warning for warning in content["Warnings"])
    links = [content["FieldUrl"], content["ReportUrl"], *content["PreviewUrls"], *content["RegistrationUrls"]]
    bodies = [httpx.get(link).content for link in links]
    assert gzip.decompress(bodies[0])
    assert gzip.decompress(httpx.get(content["InverseFieldUrl"]).content)
    assert json.loads(bodies[1])["Quality"] == content["Quality"]
    assert all(body.startswith(b"\x89PNG") for body in bodies[2:5])
    assert [dcmread(io.BytesIO(body)).Modality for body in bodies[5:]] == ["REG", "REG"]
    listed = {each["ID"]: each for each in registering.get("/jobs?expand").json()}
    assert listed[finished.lower()]["Content"]["NUrl"]


def test_display_volumes_are_small_and_lie_where_the_series_lie(
    registering: Product, finished: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("display")
    for name in ("reference", "floating", "registered"):
        path = folder / f"{name}.nii.gz"
        path.write_bytes(registering.get(f"/plugins/registration/jobs/{finished}/display/{name}.nii.gz").content)
        image = sitk.ReadImage(str(path))
        assert max(image.GetSize()) <= 256
        assert np.allclose(image.GetOrigin()[2], -(REFERENCE.slices - 1) / 2 * REFERENCE.slice_spacing_mm)
    assert registering.get(f"/plugins/registration/jobs/{finished}/display/other.nii.gz").status_code == 422
    assert registering.get(f"/plugins/registration/jobs/{finished}/previews/other.png").status_code == 404
    assert registering.get("/plugins/registration/jobs/unknown/display/reference.nii.gz").status_code == 404


def test_the_api_port_shows_display_volumes_to_the_owner_only(alice: ProtocolClient, finished: str) -> None:
    url = f"{alice.base}/plugins/registration/jobs/{finished}/display/reference.nii.gz"
    keys = {name: {"X-Auth-Token": f"{name}-key", "X-Auth-Secret": f"{name}-secret"} for name in ("alice", "bob")}
    assert httpx.get(url, headers=keys["alice"]).status_code == 200
    assert httpx.get(url, headers=keys["bob"]).status_code == 404
    assert httpx.get(url).status_code == 403
