"""Answers that are made piece by piece: a small one is sent whole, a large one never lies in memory whole."""

from collections.abc import Iterator, Mapping
from itertools import chain

from starlette.responses import Response, StreamingResponse

PIECE_BYTES = 1 << 20


def answer_of(chunks: Iterator[bytes], *, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of these bytes; to be called where waiting for the first chunks blocks nobody.

    What goes wrong before the first piece is full is raised here, when another answer can still be given. Each piece is
    a trip to a worker thread, which under load costs more than making a hundred small chunks.
    """
    pieces = larger(chunks)
    first = next(pieces, b"")
    if len(first) < PIECE_BYTES:
        return Response(first, media_type=media_type, headers=headers)
    return StreamingResponse(chain([first], pieces), media_type=media_type, headers=headers)


def larger(chunks: Iterator[bytes], size: int = PIECE_BYTES) -> Iterator[bytes]:
    """The same bytes in pieces of at least ``size``, but for the last."""
    gathered, length = [], 0
    for chunk in chunks:
        gathered.append(chunk)
        length += len(chunk)
        if length >= size:
            yield b"".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield b"".join(gathered)
