"""Files that lie about themselves, on every route that reads files: an answer or a clear refusal, and a service that
lives on, in bounded memory, with no value of a file in its log."""

import gzip
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import httpx
import psutil
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
    generate_uid,
)

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from tests.kit.conditions import wait_until
from tests.kit.malformed import element, with_element
from tests.kit.masked import file_of
from tests.kit.product import Product, free_port

MEGABYTE = 2**20
USER = {"name": "ada", "public_key": "ada-public", "private_key": "ada-private-key", "role": "admin"}
KEYS = {"X-Auth-Token": "ada-public", "X-Auth-Secret": "ada-private-key"}
REGION = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [8, 8]}
BOX = {"MaskType": "Fill", "FillValue": 7, "RegionType": "3D", "Origin": [-500, -500, -500], "End": [500, 500, 500]}
SECRET = b"Gargantua"
VALUES = ("1,75", "70kg", "120kV", "1950-12-24", "24.12.2025", "76 y", SECRET.decode())


@dataclass(frozen=True)
class Strange:
    """A file, and what is strange about it."""

    name: str
    dicom: bytes

    def __str__(self) -> str:
        return self.name


def ct(**values: object) -> FileDataset:
    """A slice of a patient of its own."""
    dataset = next(head_ct(HeadCt(pixels=32, slices=1)))
    dataset.PatientID = dataset.StudyInstanceUID = generate_uid()
    dataset.SeriesInstanceUID, dataset.SOPInstanceUID = generate_uid(), generate_uid()
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientName = SECRET.decode()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def picture(**values: object) -> FileDataset:
    """An 8-bit picture of a patient of its own."""
    dataset = image_of(FORMAT_OF["mono 8"], syntax=values.pop("syntax", JPEGBaseline8Bit))  # type: ignore[arg-type]
    own = ct()
    for keyword in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PatientName"):
        setattr(dataset, keyword, getattr(own, keyword))
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Modality = "OT"
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


MALFORMED = {
    "size with comma": (0x00101020, "DS", b"1,75"),
    "weight with unit": (0x00101030, "DS", b"70kg"),
    "thickness n/a": (0x00180050, "DS", b"n/a "),
    "series number A1": (0x00200011, "IS", b"A1"),
    "instance number 1.5": (0x00200013, "IS", b"1.5 "),
    "spacing with comma": (0x00280030, "DS", b"0,5\\0,5 "),
    "voltage with unit": (0x00180060, "DS", b"120kV "),
    "birth date with dashes": (0x00100030, "DA", b"1950-12-24"),
    "study date with dots": (0x00080020, "DA", b"24.12.2025"),
    "age in words": (0x00101010, "AS", b"76 y"),
    "window with comma": (0x00281050, "DS", b"40,0"),
    "empty components": (0x00180081, "DS", b"\\\\"),
    "slope no number": (0x00281053, "DS", b"one "),
    "unknown character set": (0x00080005, "CS", b"KLINGON "),
    "frames in words": (0x00280008, "IS", b"many"),
    "position of two numbers": (0x00200032, "DS", b"1\\2 "),
    "orientation not finite": (0x00200037, "DS", b"nan\\0\\0\\0\\inf\\0 "),
    "rows as text": (0x00280010, "LO", b"64"),
    "photometric unknown": (0x00280004, "CS", b"PURPLE"),
}


def strangers() -> Iterator[Strange]:
    for name, (tag, vr, value) in MALFORMED.items():
        yield Strange(name, with_element(file_of(ct()), tag, vr, value))
    yield Strange("two milliard frames", file_of(picture(NumberOfFrames=2**31 - 1)))
    yield Strange("a million frames", file_of(picture(NumberOfFrames=2**20)))
    yield Strange("sixteen thousand B-scans", file_of(picture(NumberOfFrames=2**14, Modality="OPT")))
    yield Strange("huge sides", file_of(picture(Rows=65535, Columns=65535)))
    yield Strange("huge run lengths", file_of(picture(syntax=RLELossless, Rows=65535, Columns=65535)))
    yield Strange("huge matrix", file_of(_matrix(picture(), 2**20, 2**18)))
    yield Strange("endless matrix", file_of(_matrix(picture(), 2**31 - 1, 2**31 - 1)))
    yield Strange("frame cut off", file_of(_cut(picture())))
    yield Strange("palette that expands", file_of(_expanding(picture(syntax=ExplicitVRLittleEndian))))
    bomb = ct()
    bomb.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    bomb.add_new(0x00091010, "UN", bytes(70 * MEGABYTE))
    yield Strange("deflated bomb", file_of(bomb))
    unfinished = bytes.fromhex("e17f0110 53510000 ffffffff feff00e0 ffffffff")
    yield Strange("sequence without end", file_of(ct()) + element(0x7FE10010, "LO", b"ACME") + unfinished)
    yield Strange("short pixels", with_element(file_of(ct()), 0x7FE00010, "OW", bytes(10)))
    yield Strange("no pixels", with_element(file_of(ct()), 0x7FE00010, "OW", b""))


def _matrix(dataset: FileDataset, columns: int, rows: int) -> FileDataset:
    """A slide whose one tile is a corner of it."""
    dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = columns, rows
    dataset.DimensionOrganizationType, dataset.Modality = "TILED_FULL", "SM"
    return dataset


def _cut(dataset: FileDataset) -> FileDataset:
    dataset.PixelData = encapsulate([dataset.PixelData[16:60]])
    return dataset


def _expanding(dataset: FileDataset) -> FileDataset:
    """Ten thousand segments of 65,535 entries each (PS3.3 C.7.9.2)."""
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [0, 0, 16])
        table = struct.pack("<3H", 0, 1, 0) + struct.pack("<3H", 1, 65535, 0) * 10_000
        setattr(dataset, f"Segmented{colour}PaletteColorLookupTableData", table)
    return dataset


@dataclass
class Hospital:
    """A product, its API port, and its service's process."""

    product: Product
    api: httpx.Client

    def answers(self, instance: str, series: str) -> Iterator[tuple[str, httpx.Response]]:
        """Everything that may be asked of an instance and its series."""
        for what, request in self._requests(instance, series):
            yield what, _answered(request)

    def _requests(self, instance: str, series: str) -> Iterator[tuple[str, Callable[[], httpx.Response]]]:
        with self.product.client() as client:
            for level, resource in (("instances", instance), ("series", series)):
                for what in ("geometry", "thickness.png", "etdrs.png", "segmentation", "segmentation/slice?index=0"):
                    yield what, partial(client.get, f"/plugins/oct/{level}/{resource}/{what}")
                yield "report", partial(client.post, f"/plugins/oct/{level}/{resource}/report", json={})
                yield (
                    "stored report",
                    partial(client.post, f"/plugins/oct/{level}/{resource}/segmentation/report", json={}),
                )
                mask = {"MaskPixelData": {"Regions": [REGION, BOX]}, "Force": True}
                for action in ("modify", "anonymize"):
                    yield action, partial(client.post, f"/plugins/pixels-masker/{level}/{resource}/{action}", json=mask)
                hits = {"MaskPixelData": mask["MaskPixelData"]}
                yield "hits", partial(client.post, f"/plugins/pixels-masker/{level}/{resource}/hits", json=hits)
            for what in ("frames", "slide", "slide/tiles/0/0/0", "display-volume.nii.gz"):
                yield what, partial(client.get, f"/plugins/ophtha/series/{series}/{what}")
            yield "volumes", partial(client.get, f"/plugins/oct/series/{series}/volumes")
            for name in ("get_vessel_map", "get_vessel_map_img_space"):
                yield name, partial(client.get, f"/plugins/oct/{name}?input_location={series}")
            frame = f"/plugins/ophtha/instances/{instance}/frames/0"
            yield "image", partial(client.get, f"{frame}/image")
            preview = {"MaskPixelData": {"Regions": [REGION]}, "Show": "difference"}
            yield "preview", partial(client.post, f"{frame}/preview", json=preview)
        yield "listing", partial(self.api.get, "/api/abstractimage.json?max=0")
        for image in self.images_of(series):
            for what in ("thumb.png", "preview.jpg", "window-0-0-16-16.png", "download"):
                yield what, partial(self.api.get, f"/api/abstractimage/{image}/{what}")

    def images_of(self, series: str) -> list[int]:
        listed = self.api.get("/api/abstractimage.json?max=0").json()["collection"]
        return [each["id"] for each in listed if series in str(each.values())]


def _answered(request: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer; a service that is busy is asked again, as it says."""

    def ask() -> httpx.Response | None:
        answer = request()
        return None if answer.status_code == 503 else answer

    return wait_until(ask, what="an answer other than 503")


@pytest.fixture(scope="module")
def hospital(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    port = free_port()
    settings = {"ApiPort": port, "Users": [USER], "ReaderMemoryMb": 512, "ReaderTimeLimitS": 10}
    with Product(tmp_path_factory.mktemp("strangers") / "product", settings=settings) as product:
        product.wait_for_workers()
        with httpx.Client(base_url=f"http://localhost:{port}", headers=KEYS, timeout=120) as api:
            yield Hospital(product, api)


def test_no_file_stops_the_service_or_shows_in_its_log(hospital: Hospital) -> None:
    product, service = hospital.product, hospital.product.service_process()
    (good,) = product.upload([file_of(ct())])
    kept = hospital.api.get("/api/abstractimage.json").json()["size"]
    assert kept == 1
    refused = []
    for stranger in strangers():
        stored = product.post("/instances", content=stranger.dicom)
        if stored.status_code != 200:
            refused.append(stranger.name)
            continue
        told = stored.json()
        for what, answer in hospital.answers(told["ID"], told["ParentSeries"]):
            assert answer.status_code < 500, (stranger.name, what, answer.status_code, answer.text[:300])
        listing = hospital.api.get("/api/abstractimage.json?max=0")
        assert listing.status_code == 200
        assert listing.json()["size"] >= kept, f"{stranger} hides what was listed before"
        with product.client() as client:
            client.delete(f"/studies/{told['ParentStudy']}")
    assert len(refused) < len(MALFORMED), "most files must have been read"
    assert product.service_process().pid == service.pid, "the service was started again"
    assert service.memory_info().rss < 700 * MEGABYTE
    assert sum(each.memory_info().rss for each in _readers(service)) < 2 * 700 * MEGABYTE
    image = product.get(f"/plugins/ophtha/instances/{good}/frames/0/image")
    assert image.status_code == 200
    log = product.log()
    assert [value for value in VALUES if value in log] == []


def test_a_kept_segmentation_that_inflates_is_refused(hospital: Hospital) -> None:
    """Anybody whom Orthanc lets attach files may put one in the place of a segmentation."""
    (instance,) = hospital.product.upload([file_of(ct())])
    with hospital.product.client() as client:
        bomb = gzip.compress(b"[" + b" " * (400 * MEGABYTE) + b"]")
        client.put(f"/instances/{instance}/attachments/4201", content=bomb).raise_for_status()
        answer = client.get(f"/plugins/oct/instances/{instance}/segmentation/slice?index=0")
        assert 400 <= answer.status_code < 500, answer.text
        client.delete(f"/instances/{instance}/attachments/4201")
        for text in (b"no gzip", gzip.compress(b"no json"), gzip.compress(b"[" * 100_000), gzip.compress(b"[]")[:9]):
            client.put(f"/instances/{instance}/attachments/4201", content=text).raise_for_status()
            answer = client.get(f"/plugins/oct/instances/{instance}/segmentation/slice?index=0")
            assert 400 <= answer.status_code < 500, (text[:20], answer.text)
            client.delete(f"/instances/{instance}/attachments/4201")


def _readers(service: psutil.Process) -> list[psutil.Process]:
    return [each for each in service.children(recursive=True) if "plugin.service.readers.template" in each.cmdline()]
