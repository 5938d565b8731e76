"""Answers made piece by piece: as few pieces as memory allows."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.responses import StreamingResponse

from plugin.service.errors import NotFound
from plugin.service.serving.pieces import PIECE_BYTES, answer_of

CHUNK = b"0123456789" * 10


def chunks(count: int, made: list[int]) -> Iterator[bytes]:
    for number in range(count):
        made.append(number)
        yield CHUNK


def test_many_small_chunks_are_one_answer_with_a_length() -> None:
    answer = answer_of(chunks(2800, []), media_type="application/json", headers={"Cache-Control": "no-store"})
    assert answer.body == CHUNK * 2800
    assert answer.headers["content-length"] == str(len(CHUNK) * 2800)
    assert answer.headers["cache-control"] == "no-store"


def test_a_large_answer_goes_out_in_large_pieces_made_when_their_turn_comes() -> None:
    made: list[int] = []
    count = 4 * PIECE_BYTES // len(CHUNK)
    answer = answer_of(chunks(count, made), media_type="application/json")
    assert isinstance(answer, StreamingResponse)
    assert len(made) * len(CHUNK) < PIECE_BYTES + len(CHUNK), "only the first piece is made before the answer begins"

    async def sent() -> list[bytes]:
        return [bytes(piece) async for piece in answer.body_iterator]

    pieces = asyncio.run(sent())
    assert b"".join(pieces) == CHUNK * count
    assert all(len(piece) >= PIECE_BYTES for piece in pieces[:-1])


def test_an_error_before_the_first_piece_is_full_can_still_be_answered() -> None:
    def broken() -> Iterator[bytes]:
        yield CHUNK
        raise NotFound("gone")

    with pytest.raises(NotFound):
        answer_of(broken(), media_type="application/json")


def test_an_empty_answer_is_an_answer() -> None:
    assert answer_of(iter(()), media_type="text/plain").body == b""
