"""A DICOM file whose frames are written one after the other: none of them is held (PS3.5 section A.4)."""

import struct
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite

from ophtha_core.slides.conversion.header import RATIO_PLACEHOLDER

_PIXELS: Final = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff"
_ITEM: Final = b"\xfe\xff\x00\xe0"
_END: Final = b"\xfe\xff\xdd\xe0\0\0\0\0"


class TiledFile:
    """One instance of compressed frames. Use as a context manager."""

    def __init__(self, path: Path, header: Dataset) -> None:
        start = BytesIO()
        dcmwrite(start, header, enforce_file_format=True)
        self._header = start.getvalue()
        self._frame_bytes = int(header.Rows) * int(header.Columns) * int(header.SamplesPerPixel)
        self._written_bytes = self._frames = 0
        self._file = path.open("wb")
        self._file.write(self._header + _PIXELS + _ITEM + bytes(4))

    def add(self, frame: bytes) -> None:
        """The next frame, compressed."""
        padded = frame + bytes(len(frame) % 2)
        self._file.write(_ITEM + struct.pack("<I", len(padded)) + padded)
        self._written_bytes += len(frame)
        self._frames += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if error is None:
                self._file.write(_END)
                self._state_ratio()

    def _state_ratio(self) -> None:
        place = self._header.find(RATIO_PLACEHOLDER.encode())
        if place >= 0 and self._written_bytes:
            ratio = self._frames * self._frame_bytes / self._written_bytes
            self._file.seek(place)
            self._file.write(f"{ratio:0{len(RATIO_PLACEHOLDER)}.4f}".encode())
