"""The images in Orthanc, as the platform sees them: slides as a whole, everything else one by one."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import repeat
from typing import Any, Final, cast

from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from ophtha_core.dicom.modalities import WITHOUT_PICTURES
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.contrast import contrast_of, needs_contrast, size_of, tiles_for_contrast
from ophtha_core.slides.index import FIRST_PLANE, Plane, SlidePyramid
from plugin.service.annotations.found_images import (
    FoundImage,
    FoundSlide,
    InstanceTags,
    SeriesTags,
    describe_slide,
    describes_all,
    find_images,
    may_share,
    read_single,
    read_tags,
)
from plugin.service.annotations.recent import Recent
from plugin.service.errors import BadRequest, NotFound, Unavailable, Unprocessable
from plugin.service.pacs.answer import OrthancAnswer
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pacs.lookup import Kind, look_up
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.readers.calling import CallReader

_THREADS: Final = 6
_MANY: Final = 4
"""From so many instances on it pays to ask what they have in common."""
_TRUSTED_S: Final = 3.0
_KEPT: Final = 32
_SLIDE_MODALITY: Final = "SM"
_TRANSFER_SYNTAX: Final = "0002,0010"
_WARMED: Final = 4
_PROFILES: Final = ("OpticalPathSequence/0/ICCProfile", "ICCProfile")
_NOT_AS_STORED: Final = frozenset({ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian})
_LARGE_FRAME_COUNT: Final = 2000
"""From so many frames on the header is read from the file: as JSON it would be ten times as long."""


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
        self._slides: Recent[str, tuple[frozenset[str], FoundSlide]] = Recent(_KEPT, trusted_s=_TRUSTED_S)
        self._pyramids: Recent[tuple[str, str | None, int, Plane], tuple[object, SlidePyramid]] = Recent(
            _KEPT, trusted_s=_TRUSTED_S
        )
        self._profiles: Recent[str, bytes] = Recent(_KEPT, trusted_s=0)

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
        """The images of a series; none when it holds no pictures, or is gone. A slide is one, whatever it holds."""
        try:
            info = self._object(f"/series/{series}")
        except NotFound:
            return []
        tags = cast("Mapping[str, object]", info["MainDicomTags"])
        modality = str(tags.get("Modality", ""))
        if modality in WITHOUT_PICTURES:
            return []
        instances = frozenset(cast("list[str]", info["Instances"]))
        try:
            found = self._found(series, info)
        except NotFound:
            return []
        except (UnreadableImage, Unprocessable) as error:
            if modality != _SLIDE_MODALITY:
                return []
            name, count = f"{_title(tags)}.dcm", len(instances)
            return [FoundImage(series=series, instance=None, name=name, stored_instances=count, fault=str(error))]
        if not isinstance(found, FoundSlide):
            return found
        self._slides.keep(series, (instances, found))
        return [describe_slide(series, found, stored_instances=len(instances))]

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

    def slide(self, series: str) -> FoundSlide:
        """The slide that a series is, read again when instances have come or gone.

        Raises NotFound, UnreadableImage when the series is no slide.
        """
        known = self._slides.trusted(series)
        if known is not None:
            return known[1]
        info = self._object(f"/series/{series}")
        instances = frozenset(cast("list[str]", info["Instances"]))
        known = self._slides.get(series)
        if known is None or known[0] != instances:
            found = self._found(series, info)
            if not isinstance(found, FoundSlide):
                raise UnreadableImage("the series holds no volume image of a slide")
            known = instances, found
        self._slides.keep(series, known)
        return known[1]

    def pyramid(self, series: str, instance: str | None, *, frame: int = 0, plane: Plane = FIRST_PLANE) -> SlidePyramid:
        """One plane of a slide, or one frame of another image. Raises NotFound, UnreadableImage."""
        key = series, instance, frame, plane
        if instance is not None and (trusted := self._pyramids.trusted(key)) is not None:
            return trusted[1]
        origin: object = self._single_of(series, instance) if instance is not None else self.slide(series)
        known = self._pyramids.get(key)
        if known is None or known[0] != origin:
            if isinstance(origin, FoundSlide):
                pyramid = origin.slide.pyramid(plane)
            else:
                pyramid = self._read(f"Instance {instance}", read_single, *self._part(cast("str", instance)), frame)
            known = origin, self._with_contrast(pyramid) if isinstance(origin, FoundSlide) else pyramid
        self._pyramids.keep(key, known)
        return known[1]

    def colour_profile(self, series: str, instance: str | None, *, stored_in: str) -> bytes | None:
        """The ICC profile of an image whose pixels are ``stored_in`` an instance; None when it has none."""
        known = self.slide(series).profile if instance is None else None
        if known is None:
            known = self._profiles.get(stored_in)
        if known is None:
            found = (self._content(stored_in, path) for path in _PROFILES)
            known = next(filter(None, found), b"")
            self._profiles.keep(stored_in, known)
        return known or None

    def _content(self, instance: str, path: str) -> bytes:
        answer = self._orthanc.ask(lambda orthanc: orthanc.get(f"/instances/{instance}/content/{path}"))
        return answer.body if answer.is_ok else b""

    def read_frame(self, instance: str, frame: int) -> bytes:
        """Stored bytes of a frame, counted from 0. Raises NotFound, UnreadableImage."""
        answer = self._orthanc.ask(lambda orthanc: orthanc.get(f"/instances/{instance}/frames/{frame}/raw"))
        if answer.status == HTTPStatus.BAD_REQUEST:
            raise UnreadableImage("Orthanc finds no such frame in the file")
        return _known(answer).body

    def header(self, instance: str) -> Dataset:
        """The header of an instance, without bulk data. Raises NotFound."""
        return self._read(f"Instance {instance}", read_tags, self._tags(instance))

    def _single_of(self, series: str, instance: str) -> str:
        """Raises NotFound when the instance has left the series."""
        if instance not in cast("list[str]", self._object(f"/series/{series}")["Instances"]):
            raise NotFound("The image is no longer in Orthanc")
        return instance

    def _with_contrast(self, pyramid: SlidePyramid) -> SlidePyramid:
        if not needs_contrast(pyramid):
            return pyramid
        level = pyramid.levels[-1]
        tiles = [(tile, self.read_frame(tile.image.key, tile.frame)) for tile in tiles_for_contrast(pyramid)]
        window = self._read(f"Instance {level.first_tile.image.key}", contrast_of, size_of(level), tiles)
        display = pyramid.base_image.display
        return pyramid.shown_with(replace(display, window=window or display.window))

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

    def _found(self, series: str, info: Mapping[str, object]) -> list[FoundImage] | FoundSlide:
        tags = cast("Mapping[str, object]", info["MainDicomTags"])
        own = cast("list[dict[str, Any]]", self._json(f"/series/{series}/instances?expand"))
        is_slide = tags.get("Modality") == _SLIDE_MODALITY
        described = self._of_slide(own) if is_slide else self._of_images(series, own)
        title = str(tags.get("SeriesDescription") or "").strip()[:200]
        series_tags = SeriesTags(series, title if is_slide else _title(tags), *described)
        # Orthanc parses a large file when it is first asked for a frame of it: let it do so meanwhile.
        large = [each.key for each in described[1] if each.stored is not None]
        with ThreadPoolExecutor(1) as thread:
            for key in large[:_WARMED]:
                thread.submit(self.read_frame, key, 0)
            return self._read(f"Series {series}", find_images, series_tags)

    def _of_images(
        self, series: str, own: Sequence[Mapping[str, Any]]
    ) -> tuple[bytes | None, tuple[InstanceTags, ...]]:
        """Headers as far as they describe images.

        The slices of most series differ in nothing that describes them: then a few requests tell about all of them.
        """
        first = self._tags(str(own[0]["ID"]))
        shared = self._shared(series, first) if len(own) >= _MANY else None
        listed: Iterator[bytes | None] = repeat(None)
        if shared is None:
            with ThreadPoolExecutor(_THREADS) as threads:
                listed = iter([first, *threads.map(self._tags, (str(each["ID"]) for each in own[1:]))])
        instances = tuple(
            InstanceTags(str(each["ID"]), int(each["FileSize"]), each["MainDicomTags"], text)
            for each, text in zip(own, listed, strict=False)
        )
        return shared, instances

    def _of_slide(self, own: Sequence[Mapping[str, Any]]) -> tuple[None, tuple[InstanceTags, ...]]:
        with ThreadPoolExecutor(_THREADS) as threads:
            return None, tuple(threads.map(self._part_of_slide, sorted(own, key=lambda each: str(each["ID"]))))

    def _part_of_slide(self, own: Mapping[str, Any]) -> InstanceTags:
        key, main = str(own["ID"]), cast("Mapping[str, object]", own["MainDicomTags"])
        syntax = self._syntax(key)
        frames = str(main.get("NumberOfFrames") or "").strip()
        is_large = frames.isdecimal() and int(frames) >= _LARGE_FRAME_COUNT and syntax not in _NOT_AS_STORED
        stored = self._stored_header(key) if is_large else None
        tags = None if stored is not None else self._tags(key)
        return InstanceTags(key, int(own["FileSize"]), main, tags, stored, syntax)

    def _stored_header(self, instance: str) -> bytes | None:
        """The file before its pixels; None where Orthanc does not know where they begin."""
        answer = self._orthanc.ask(lambda orthanc: orthanc.get(f"/instances/{instance}/metadata/PixelDataOffset"))
        if not answer.is_ok or not answer.body.strip().isdigit():
            return None
        end = int(answer.body)

        def begin(orthanc: OrthancConnection) -> bytes:
            header = bytearray()
            with closing(orthanc.pieces(f"/instances/{instance}/file")) as pieces:
                for piece in pieces:
                    header += piece
                    if len(header) >= end:
                        break
            return bytes(header[:end])

        try:
            return self._orthanc.ask(begin)
        except LookupError:
            raise NotFound("The image is no longer in Orthanc") from None

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
        """Of those that are younger than itself, such as HTJ2K, Orthanc knows no more than the file says."""
        known = self._orthanc.ask(lambda orthanc: orthanc.get(f"/instances/{instance}/metadata/TransferSyntax"))
        if known.is_ok and known.body.strip():
            return known.body.decode().strip()
        meta = self._object(f"/instances/{instance}/header").get(_TRANSFER_SYNTAX)
        return str(meta.get("Value", "")).strip("\0 ") if isinstance(meta, dict) else ""

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


def _title(tags: Mapping[str, object]) -> str:
    return str(tags.get("SeriesDescription") or tags.get("Modality") or "image").strip()[:200]


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
