"""A file of a scanner or camera as the files of a DICOM pyramid."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import imagecodecs
import numpy as np
from pydicom.uid import JPEGBaseline8Bit

from ophtha_core.errors import InvalidInput
from ophtha_core.slides.conversion.formats import SlideFormat, open_source
from ophtha_core.slides.conversion.header import Part, SlideIdentity, StoredPicture, header_of, parts_of, syntax_of
from ophtha_core.slides.conversion.levels import TILE_PX, Levels, level_sizes, strips
from ophtha_core.slides.conversion.source import Rows, SourceImage
from ophtha_core.slides.conversion.tiled_file import TiledFile
from ophtha_core.slides.index import Associated

JPEG_QUALITY: Final = 95
"""Of sources that have lost something before: what is lost once more is less than one grey value in the mean."""


def convert(
    path: Path, kind: SlideFormat, folder: Path, identity: SlideIdentity, tell: Callable[[float], None]
) -> list[Path]:
    """Write the levels of a slide and the pictures beside it into ``folder``; ``tell`` hears how far it is, 0 to 1.

    Raises InvalidInput for a file that cannot be read.
    """
    with open_source(path, kind) as source:
        sizes = level_sizes(source.width_px, source.height_px)
        pictures = [
            StoredPicture("VOLUME", number + 1, width, height, (TILE_PX, TILE_PX), 1 << number)
            for number, (width, height) in enumerate(sizes)
        ]
        with ExitStack() as stack:
            written = [stack.enter_context(StoredLevel(source, each, identity, folder)) for each in pictures]
            levels = Levels(len(sizes), lambda level, tile: written[level].add(_encoded(tile, source)))
            done = 0
            for strip in strips(source.pieces()):
                levels.add(strip)
                done += len(strip)
                tell(done / source.height_px)
            levels.finish()
            if done != source.height_px:
                raise InvalidInput("files[]", f"has {done} of {source.height_px} rows of pixels")
        files = [file for level in written for file in level.files]
        return [*files, *_beside(source, folder, identity, first=len(sizes) + 1)]


class StoredLevel:
    """One level on its way to disk, in as many files as its size wants. Use as a context manager."""

    def __init__(self, source: SourceImage, picture: StoredPicture, identity: SlideIdentity, folder: Path) -> None:
        self.files: list[Path] = []
        self._source, self._picture, self._identity, self._folder = source, picture, identity, folder
        self._parts = iter(parts_of(picture))
        self._stack = ExitStack()
        self._file: TiledFile | None = None
        self._left = 0

    def add(self, frame: bytes) -> None:
        """The next tile, row by row."""
        if self._file is None or not self._left:
            self._stack.close()
            part = next(self._parts)
            self.files.append(self._folder / f"level-{self._picture.number}-{part.number}.dcm")
            header = header_of(self._source, self._picture, part, self._identity)
            self._file = self._stack.enter_context(TiledFile(self.files[-1], header))
            self._left = part.frames
        self._file.add(frame)
        self._left -= 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def _beside(source: SourceImage, folder: Path, identity: SlideIdentity, *, first: int) -> Iterator[Path]:
    """Label, overview and thumbnail: one tile each."""
    for number, (kind, pixels) in enumerate(source.associated.items(), start=first):
        yield _written_whole(folder / f"{kind}.dcm", pixels, kind, source, identity, number=number)


def _written_whole(
    file: Path, pixels: Rows, kind: Associated, source: SourceImage, identity: SlideIdentity, *, number: int
) -> Path:
    height, width = pixels.shape[:2]
    one = SourceImage(
        width_px=width,
        height_px=height,
        samples=3,
        bits=8,
        is_lossy=source.is_lossy,
        spacing_um=None,
        magnification=None,
        profile=source.profile,
        pieces=lambda: iter([pixels]),
    )
    picture = StoredPicture(kind.name, number, width, height, (width, height), 1)
    with TiledFile(file, header_of(one, picture, Part(1, 0, 1), identity)) as written:
        written.add(_encoded(pixels, one))
    return file


def _encoded(tile: Rows, source: SourceImage) -> bytes:
    samples = np.ascontiguousarray(tile[:, :, 0] if source.samples == 1 else tile)
    if syntax_of(source) != JPEGBaseline8Bit:
        return bytes(imagecodecs.jpegls_encode(samples))
    if source.samples == 1:
        return bytes(imagecodecs.jpeg8_encode(samples, level=JPEG_QUALITY))
    return bytes(
        imagecodecs.jpeg8_encode(
            samples, level=JPEG_QUALITY, colorspace="RGB", outcolorspace="YCBCR", subsampling="444"
        )
    )
