"""The images in Orthanc, as the platform sees them: slides as a whole, everything else one by one."""

import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx
from pydicom.dataset import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.layout import is_image, read_layout
from ophtha_core.dicom.reading import items_of, known_number, known_text
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.index import InstanceHeader, SlidePyramid, frame_pyramid, is_slide, read_pyramid
from plugin.service.annotations.orthanc_headers import dataset_of_tags, with_own_tags
from plugin.service.errors import BadRequest, NotFound, Unavailable
from plugin.service.orthanc_client import OrthancAddress

_NO_PICTURES: Final = frozenset(
    {"SR", "PR", "KO", "ANN", "SEG", "RTSTRUCT", "RTPLAN", "REG", "FID", "DOC", "AU", "ECG"}
)
_THREADS: Final = 6
_MANY: Final = 4
"""From so many instances on it pays to ask what they have in common."""
_UNKNOWN: Final = UID("")
_DESCRIBING: Final = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation", "PixelSpacing", "ImagerPixelSpacing",
)  # fmt: skip
_FUNCTIONAL_GROUPS: Final = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_PYRAMID_TRUSTED_S: Final = 3.0
_PYRAMIDS_KEPT: Final = 32
_STRONGEST_LENS: Final = 10_000


@dataclass(frozen=True)
class Census:
    """What tells cheaply whether Orthanc's content has changed."""

    last_change: int
    series: int
    instances: int


@dataclass(frozen=True)
class FoundImage:
    """An image in Orthanc. ``instance`` is None for a slide, which is a whole series. Sizes in pixels."""

    series: str
    instance: str | None
    name: str
    width: int
    height: int
    frames: int
    levels: int
    spacing_um: tuple[float, float] | None
    bits: int
    samples: int
    photometric: str
    magnification: int | None
    stored_instances: int


@dataclass(frozen=True)
class Contents:
    """Series and single instances behind an Orthanc id; ``parents`` are the series of those instances."""

    series: frozenset[str] = frozenset()
    instances: frozenset[str] = frozenset()
    parents: frozenset[str] = frozenset()


class OrthancImages:
    """Reads images through Orthanc's REST API. Safe to share between threads."""

    def __init__(self, address: OrthancAddress) -> None:
        self._client = address.sync_client()
        weakref.finalize(self, self._client.close)
        self._pyramids: dict[tuple[str, str | None, int], tuple[float, SlidePyramid, frozenset[str]]] = {}
        self._lock = threading.Lock()

    # -- looking around ------------------------------------------------------------------------------------------

    def census(self) -> Census:
        changes = self._json("/changes?last")
        statistics = self._json("/statistics")
        assert isinstance(changes, dict)
        assert isinstance(statistics, dict)
        return Census(int(changes.get("Last", 0)), int(statistics["CountSeries"]), int(statistics["CountInstances"]))

    def all_series(self) -> dict[str, int]:
        """Every series and how many instances it has."""
        found = self._json("/series?expand")
        assert isinstance(found, list)
        return {str(each["ID"]): len(each["Instances"]) for each in found}

    def instances_of(self, series: str) -> int:
        """How many instances a series has. Raises NotFound."""
        info = self._json(f"/series/{series}")
        assert isinstance(info, dict)
        return len(info["Instances"])

    def images_of(self, series: str) -> list[FoundImage]:
        """The images of a series; none when it holds no pictures, or is gone."""
        try:
            info = self._json(f"/series/{series}")
            assert isinstance(info, dict)
            if str(info["MainDicomTags"].get("Modality", "")) in _NO_PICTURES:
                return []
            return list(self._images(series, info))
        except (NotFound, UnreadableImage):
            return []

    def series_within(self, resource: str) -> "Contents":
        """What an Orthanc id (of any level) stands for. Raises NotFound."""
        for level in ("series", "instances", "studies", "patients"):
            try:
                info = self._json(f"/{level}/{_safe(resource)}")
            except NotFound:
                continue
            assert isinstance(info, dict)
            if level == "series":
                return Contents(series=frozenset({resource}))
            if level == "instances":
                return Contents(instances=frozenset({resource}), parents=frozenset({str(info["ParentSeries"])}))
            if level == "studies":
                return Contents(series=frozenset(info["Series"]))
            series = self._json(f"/patients/{resource}/series")
            assert isinstance(series, list)
            return Contents(series=frozenset(str(each["ID"]) for each in series))
        raise NotFound(f"Orthanc has no resource {resource[:64]}")

    # -- pixels --------------------------------------------------------------------------------------------------

    def pyramid(self, series: str, instance: str | None, *, frame: int) -> SlidePyramid:
        """The image's pyramid, read again when instances have come or gone. Raises NotFound, UnreadableImage."""
        key = series, instance, frame
        with self._lock:
            known = self._pyramids.get(key)
        if known is not None and time.monotonic() - known[0] < _PYRAMID_TRUSTED_S:
            return known[1]
        info = self._json(f"/series/{series}")
        assert isinstance(info, dict)
        instances = frozenset(str(each) for each in info["Instances"])
        if instance is not None:
            if instance not in instances:
                raise NotFound("The image is no longer in Orthanc")
            instances = frozenset({instance})
        if known is not None and known[2] == instances:
            pyramid = known[1]
        elif instance is not None:
            pyramid = frame_pyramid(self.header(instance), frame=frame)
        else:
            pyramid = read_pyramid(self.headers(sorted(instances)))
        with self._lock:
            self._pyramids.pop(key, None)
            self._pyramids[key] = time.monotonic(), pyramid, instances
            while len(self._pyramids) > _PYRAMIDS_KEPT:
                del self._pyramids[next(iter(self._pyramids))]
        return pyramid

    def read_frame(self, instance: str, frame: int) -> bytes:
        """Stored bytes of a frame, counted from 0. Raises NotFound."""
        return self._get(f"/instances/{instance}/frames/{frame}/raw").content

    def headers(self, instances: list[str]) -> list[InstanceHeader]:
        """Headers of several instances, read at once."""
        with ThreadPoolExecutor(_THREADS) as threads:
            return list(threads.map(self.header, instances))

    def header(self, instance: str) -> InstanceHeader:
        """Header and transfer syntax of an instance. Raises NotFound."""
        syntax = self._get(f"/instances/{instance}/metadata/TransferSyntax").text.strip()
        return InstanceHeader(key=instance, dataset=self._tags(instance), syntax=UID(syntax))

    def file(self, path: str) -> Iterator[bytes]:
        """A file of Orthanc, piece by piece."""
        with self._client.stream("GET", path) as response:
            if response.is_error:
                raise NotFound("The image is no longer in Orthanc")
            yield from response.iter_bytes()

    def series_of(self, instance: str) -> str:
        """The series an instance belongs to. Raises NotFound."""
        return str(self._object(f"/instances/{instance}")["ParentSeries"])

    def series_of_study(self, study_uid: str) -> frozenset[str]:
        """Series of a study given by its DICOM identifier; none when Orthanc does not hold it."""
        found = self._posted("/tools/lookup", study_uid.encode()).json()
        studies = [str(each["ID"]) for each in found if each["Type"] == "Study"]
        return frozenset().union(*(self.series_within(study).series for study in studies))

    def remove(self, instance: str) -> None:
        """Delete an instance; it may have gone already."""
        with suppress(httpx.TransportError):
            self._client.delete(f"/instances/{instance}")

    def store(self, dicom: bytes) -> str:
        """Store a DICOM file; its Orthanc id."""
        return self.add(dicom)[0]

    def add(self, dicom: bytes) -> tuple[str, bool]:
        """Store a DICOM file; its Orthanc id, and whether it was not there before. Raises Unavailable."""
        answer = self._posted("/instances", dicom).json()
        return str(answer["ID"]), answer["Status"] == "Success"

    def _posted(self, path: str, content: bytes) -> httpx.Response:
        try:
            answer = self._client.post(path, content=content)
        except httpx.TransportError:
            raise Unavailable("Orthanc does not answer") from None
        if answer.status_code == 400:
            raise BadRequest("Orthanc cannot read a DICOM file that was sent to it")
        if answer.is_error:
            raise Unavailable(f"Orthanc refused what was sent to it ({answer.status_code})")
        return answer

    # -- inside --------------------------------------------------------------------------------------------------

    def _images(self, series: str, info: Mapping[str, object]) -> Iterator[FoundImage]:
        instances = info["Instances"]
        tags = info["MainDicomTags"]
        assert isinstance(instances, list)
        assert isinstance(tags, dict)
        headers = self._described(series, [str(each) for each in instances])
        title = str(tags.get("SeriesDescription") or tags.get("Modality") or "image").strip()[:200]
        if any(is_slide(header.dataset) for header in headers):
            pyramid = read_pyramid(headers)
            yield _found(series, None, f"{title}.dcm", pyramid, headers[0].dataset, frames=1, stored=len(headers))
            return
        for header in headers:
            if is_image(header.dataset):
                layout = read_layout(header.dataset)
                number = known_text(header.dataset, "InstanceNumber")
                name = f"{title} {number}".strip() + ".dcm"
                pyramid = frame_pyramid(header, frame=0)
                yield _found(
                    series, header.key, name, pyramid, header.dataset, frames=layout.frames, stored=len(headers)
                )

    def _described(self, series: str, instances: list[str]) -> list[InstanceHeader]:
        """Headers as far as they describe images, without transfer syntaxes.

        The slices of most series differ in nothing that describes them: then a few requests tell about all of them.
        """
        first = self._tags(instances[0])
        if len(instances) >= _MANY and not is_slide(first) and not any(name in first for name in _FUNCTIONAL_GROUPS):
            shared = dataset_of_tags(self._object(f"/series/{series}/shared-tags"))
            if all((name in first) == (name in shared) for name in _DESCRIBING):
                own = self._json(f"/series/{series}/instances?expand")
                assert isinstance(own, list)
                return [
                    InstanceHeader(str(each["ID"]), with_own_tags(shared, each["MainDicomTags"]), _UNKNOWN)
                    for each in own
                ]
        with ThreadPoolExecutor(_THREADS) as threads:
            rest = threads.map(self._tags, instances[1:])
            return [InstanceHeader(key, each, _UNKNOWN) for key, each in zip(instances, (first, *rest), strict=True)]

    def _tags(self, instance: str) -> Dataset:
        return dataset_of_tags(self._object(f"/instances/{instance}/tags"))

    def _object(self, path: str) -> Mapping[str, object]:
        found = self._json(path)
        assert isinstance(found, dict)
        return found

    def _json(self, path: str) -> object:
        return self._get(path).json()

    def _get(self, path: str) -> httpx.Response:
        try:
            response = self._client.get(path)
        except httpx.RemoteProtocolError:
            # Orthanc closed an idle connection just now; a GET may be repeated.
            response = self._client.get(path)
        except httpx.TransportError:
            raise Unavailable("Orthanc does not answer") from None
        if response.status_code == 404:
            raise NotFound("Orthanc has no such resource; it may have been deleted")
        if response.is_error:
            raise Unavailable(f"Orthanc answered {response.status_code}")
        return response


def _found(
    series: str,
    instance: str | None,
    name: str,
    pyramid: SlidePyramid,
    dataset: Dataset,
    *,
    frames: int,
    stored: int,
) -> FoundImage:
    layout = pyramid.base_image.layout
    return FoundImage(
        series=series,
        instance=instance,
        name=name,
        width=pyramid.width_px,
        height=pyramid.height_px,
        frames=frames,
        levels=len(pyramid.levels),
        spacing_um=pyramid.spacing_um,
        bits=layout.bits_stored,
        samples=layout.samples,
        photometric=layout.photometric,
        magnification=_magnification(dataset),
        stored_instances=stored,
    )


def _magnification(dataset: Dataset) -> int | None:
    for path in items_of(dataset, "OpticalPathSequence"):
        power = known_number(path, "ObjectiveLensPower")
        if power is not None and 0 < power < _STRONGEST_LENS:
            return round(power)
    return None


def _safe(resource: str) -> str:
    if not resource or not all(character in "0123456789abcdefABCDEF-" for character in resource):
        raise NotFound("An Orthanc id has the digits 0-9, a-f and dashes")
    return resource
