"""The images in Orthanc, as the platform sees them: slides as a whole, everything else one by one."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import repeat
from typing import Any, Final, cast

from pydicom.dataset import Dataset

from ophtha_core.dicom.modalities import WITHOUT_PICTURES
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.index import SlidePyramid
from plugin.service.annotations.found_images import (
    FoundImage,
    InstanceTags,
    SeriesTags,
    describes_all,
    find_images,
    may_share,
    read_single,
    read_slide,
    read_tags,
)
from plugin.service.errors import BadRequest, NotFound, Unavailable, Unprocessable
from plugin.service.pacs.answer import OrthancAnswer
from plugin.service.pacs.lookup import Kind, look_up
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.readers.calling import CallReader

_THREADS: Final = 6
_MANY: Final = 4
"""From so many instances on it pays to ask what they have in common."""
_PYRAMID_TRUSTED_S: Final = 3.0
_PYRAMIDS_KEPT: Final = 32


@dataclass(frozen=True)
class Census:
    """What tells cheaply whether Orthanc's content has changed."""

    last_change: int
    series: int
    instances: int


@dataclass(frozen=True)
class Contents:
    """Series and single instances behind an Orthanc id; ``parents`` are the series of those instances."""

    series: frozenset[str] = frozenset()
    instances: frozenset[str] = frozenset()
    parents: frozenset[str] = frozenset()


class OrthancImages:
    """Reads images through Orthanc's REST API. Safe to share between threads."""

    def __init__(self, orthanc: Orthanc, read: CallReader) -> None:
        """``read`` is the way to the readers: all that Orthanc tells of files is parsed there."""
        self._read = read
        self._orthanc = orthanc
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
            if str(info["MainDicomTags"].get("Modality", "")) in WITHOUT_PICTURES:
                return []
            return self._read(f"Series {series}", find_images, self._described(series, info))
        except (NotFound, UnreadableImage, Unprocessable):
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
            pyramid = self._read(f"Instance {instance}", read_single, *self._part(instance), frame)
        else:
            pyramid = self._slide(series, sorted(instances))
        with self._lock:
            self._pyramids.pop(key, None)
            self._pyramids[key] = time.monotonic(), pyramid, instances
            while len(self._pyramids) > _PYRAMIDS_KEPT:
                del self._pyramids[next(iter(self._pyramids))]
        return pyramid

    def read_frame(self, instance: str, frame: int) -> bytes:
        """Stored bytes of a frame, counted from 0. Raises NotFound, UnreadableImage."""
        answer = self._orthanc.ask(lambda orthanc: orthanc.get(f"/instances/{instance}/frames/{frame}/raw"))
        if answer.status == HTTPStatus.BAD_REQUEST:
            raise UnreadableImage("Orthanc finds no such frame in the file")
        return _known(answer).body

    def header(self, instance: str) -> Dataset:
        """The header of an instance, without bulk data. Raises NotFound."""
        return self._read(f"Instance {instance}", read_tags, self._tags(instance))

    def _slide(self, series: str, instances: Sequence[str]) -> SlidePyramid:
        with ThreadPoolExecutor(_THREADS) as threads:
            parts = list(threads.map(self._part, instances))
        return self._read(f"Series {series}", read_slide, parts)

    def file(self, path: str) -> Iterator[bytes]:
        """A file of Orthanc, piece by piece."""
        return self._orthanc.file(path)

    def series_of(self, instance: str) -> str:
        """The series an instance belongs to. Raises NotFound."""
        return str(self._object(f"/instances/{instance}")["ParentSeries"])

    def series_of_study(self, study_uid: str) -> frozenset[str]:
        """Series of a study given by its DICOM identifier; none when Orthanc does not hold it."""
        studies = self._orthanc.ask(lambda orthanc: look_up(orthanc, study_uid, Kind.STUDY))
        return frozenset().union(*(self.series_within(study).series for study in studies))

    def remove(self, instance: str) -> None:
        """Delete an instance; it may have gone already."""
        with suppress(Unavailable):
            self._orthanc.ask(lambda orthanc: orthanc.repeatable("DELETE", f"/instances/{instance}"))

    def store(self, dicom: bytes) -> str:
        """Store a DICOM file; its Orthanc id."""
        return self.add(dicom)[0]

    def add(self, dicom: bytes) -> tuple[str, bool]:
        """Store a DICOM file; its Orthanc id, and whether it was not there before. Raises Unavailable."""
        answer = cast("dict[str, str]", self._posted("/instances", dicom).json())
        return str(answer["ID"]), answer["Status"] == "Success"

    def _posted(self, path: str, content: bytes) -> OrthancAnswer:
        """For what done twice is the same as done once."""
        answer = self._orthanc.ask(lambda orthanc: orthanc.repeatable("POST", path, content))
        if answer.status == 400:
            raise BadRequest("Orthanc cannot read a DICOM file that was sent to it")
        if answer.status >= 400:
            raise Unavailable(f"Orthanc refused what was sent to it ({answer.status})")
        return answer

    # -- inside --------------------------------------------------------------------------------------------------

    def _described(self, series: str, info: Mapping[str, object]) -> SeriesTags:
        """Headers as far as they describe images.

        The slices of most series differ in nothing that describes them: then a few requests tell about all of them.
        """
        tags = cast("Mapping[str, object]", info["MainDicomTags"])
        own = cast("list[dict[str, Any]]", self._json(f"/series/{series}/instances?expand"))
        first = self._tags(str(own[0]["ID"]))
        shared = self._shared(series, first) if len(own) >= _MANY else None
        listed: Iterator[bytes | None] = repeat(None)
        if shared is None:
            with ThreadPoolExecutor(_THREADS) as threads:
                listed = iter([first, *threads.map(self._tags, (str(each["ID"]) for each in own[1:]))])
        return SeriesTags(
            series=series,
            title=str(tags.get("SeriesDescription") or tags.get("Modality") or "image").strip()[:200],
            shared=shared,
            instances=tuple(
                InstanceTags(str(each["ID"]), int(each["FileSize"]), each["MainDicomTags"], text)
                for each, text in zip(own, listed, strict=False)
            ),
        )

    def _shared(self, series: str, first: bytes) -> bytes | None:
        """What describes all instances of a series, of which ``first`` is one; None where each tells for itself."""
        what = f"Series {series}"
        if not self._read(what, may_share, first):
            return None
        shared = self._get(f"/series/{series}/shared-tags").body
        return shared if self._read(what, describes_all, shared, first) else None

    def _tags(self, instance: str) -> bytes:
        return self._get(f"/instances/{instance}/tags").body

    def _syntax(self, instance: str) -> str:
        return self._get(f"/instances/{instance}/metadata/TransferSyntax").body.decode().strip()

    def _part(self, instance: str) -> tuple[str, bytes, str]:
        return instance, self._tags(instance), self._syntax(instance)

    def _object(self, path: str) -> Mapping[str, object]:
        found = self._json(path)
        assert isinstance(found, dict)
        return found

    def _json(self, path: str) -> object:
        return self._get(path).json()

    def _get(self, path: str) -> OrthancAnswer:
        return _known(self._orthanc.ask(lambda orthanc: orthanc.get(path)))


def _known(answer: OrthancAnswer) -> OrthancAnswer:
    if answer.status == HTTPStatus.NOT_FOUND:
        raise NotFound("Orthanc has no such resource; it may have been deleted")
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise Unavailable(f"Orthanc answered {answer.status}")
    return answer


def _safe(resource: str) -> str:
    if not resource or not all(character in "0123456789abcdefABCDEF-" for character in resource):
        raise NotFound("An Orthanc id has the digits 0-9, a-f and dashes")
    return resource
