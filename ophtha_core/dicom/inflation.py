"""A deflated stream read like a file: no more of it is inflated than is asked for, and never more than a limit."""

import zlib
from io import BytesIO, RawIOBase
from typing import Final

from ophtha_core.errors import UnreadableImage

_STEP_BYTES: Final = 2**12
"""What goes in at once; a thousand times as much may come out."""


class InflatedFile(RawIOBase):
    """What raw deflate (RFC 1951) stands for, readable and seekable; time and memory grow with what is read of it.

    Reading raises UnreadableImage beyond ``largest_bytes``, and zlib.error where the stream is broken.
    """

    def __init__(self, deflated: bytes | memoryview, *, largest_bytes: int) -> None:
        super().__init__()
        self._deflated = memoryview(deflated)
        self._taken = 0
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._largest_bytes = largest_bytes
        self._inflated = BytesIO()
        self._size = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._inflated.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._inflated.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        place = self._inflated.tell()
        self._inflate_to(self._largest_bytes + 1 if size < 0 else place + size)
        self._inflated.seek(place)
        return self._inflated.read(size)

    def _inflate_to(self, size: int) -> None:
        while self._size < size and self._taken < len(self._deflated) and not self._inflater.eof:
            self._inflated.seek(self._size)
            piece = self._deflated[self._taken : self._taken + _STEP_BYTES]
            self._taken += len(piece)
            self._size += self._inflated.write(self._inflater.decompress(piece))
            if self._size > self._largest_bytes:
                raise UnreadableImage(f"the deflated data set grows beyond {self._largest_bytes} bytes")
