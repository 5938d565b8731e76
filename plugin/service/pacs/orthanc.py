"""Orthanc's REST API for the service: every call takes one of the places, and none of the event loop's time."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pydantic_core import to_json

from plugin.service.errors import NotFound, ServiceError, Unavailable
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.answer import OrthancAnswer
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from plugin.service.pacs.places import PATIENCE_S, Place, Places

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_SHOWS_NOTHING = frozenset({401, 403, 404})
_IN_MEMORY_BYTES = 1 << 24
_PIECE_BYTES = 1 << 18
_Result = TypeVar("_Result")


class OrthancRefused(ServiceError):
    """Orthanc answered with an error that has no better name here."""


class Orthanc:
    """Orthanc's REST API, with its refusals as the service's errors."""

    def __init__(self, address: OrthancAddress, places: Places) -> None:
        self.address = address
        self.places = places
        self._threads = ThreadPoolExecutor(places.number, thread_name_prefix="orthanc")

    # -- a question of several requests, on one connection -------------------------------------------------------

    async def asked(self, question: Callable[[OrthancConnection], _Result]) -> _Result:
        """The answer to a client's question. Raises Unavailable, and what the question raises."""
        try:
            return await self._asked(question, for_job=False)
        except OrthancAway as error:
            raise Unavailable(str(error)) from error

    async def asked_by_job(self, question: Callable[[OrthancConnection], _Result]) -> _Result:
        """The answer to a job's question, which waits for its turn. Raises OrthancAway, what the question raises."""
        return await self._asked(question, for_job=True)

    def ask(self, question: Callable[[OrthancConnection], _Result]) -> _Result:
        """As ``asked``, in a thread."""
        try:
            with self.places.held(), OrthancConnection(self.address) as connection:
                return question(connection)
        except OrthancAway as error:
            raise Unavailable(str(error)) from error

    # -- single requests -----------------------------------------------------------------------------------------

    async def get_json(self, path: str) -> object:
        """Decoded JSON of a GET. Raises NotFound, Unavailable, OrthancRefused."""
        return (await self.request("GET", path)).json()

    async def get_json_as(self, headers: Mapping[str, str], path: str) -> object:
        """Decoded JSON of a GET with somebody else's headers: what Orthanc shows to who sends them.

        Raises NotFound where it shows nothing, Unavailable, OrthancRefused.
        """
        answer = await self._asked(lambda orthanc: orthanc.get(path), for_job=False, headers=headers)
        if answer.status in _SHOWS_NOTHING:
            raise NotFound("Orthanc has no such resource; it may have been deleted")
        if answer.status >= 400:
            raise OrthancRefused(f"Orthanc answered {answer.status} to GET {path}")
        return answer.json()

    async def get_bytes(self, path: str) -> bytes:
        """Body of a GET. Raises NotFound, Unavailable, OrthancRefused."""
        return (await self.request("GET", path)).body

    async def store(self, dicom: bytes) -> dict[str, object]:
        """Store one DICOM file, which twice is the same as once; Orthanc's answer with ``ID`` and ``Status``."""
        answer = (await self.request("POST", "/instances", content=dicom, is_repeatable=True)).json()
        assert isinstance(answer, dict)
        return dict(answer)

    async def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        json: object = None,
        is_repeatable: bool | None = None,
    ) -> OrthancAnswer:
        """Any request; a POST is sent again only when it ``is_repeatable``.

        Raises NotFound, Unavailable, OrthancRefused.
        """
        body = content if json is None else to_json(json)
        repeatable = method in _REPEATABLE if is_repeatable is None else is_repeatable

        def question(orthanc: OrthancConnection) -> OrthancAnswer:
            return (orthanc.repeatable if repeatable else orthanc.once)(method, path, body)

        answer = await self.asked(question)
        if answer.status == 404:
            raise NotFound("Orthanc has no such resource; it may have been deleted")
        if answer.status >= 400:
            raise OrthancRefused(f"Orthanc answered {answer.status} to {method} {path.split('?')[0]}")
        return answer

    def file(self, path: str) -> Iterator[bytes]:
        """A file of any size, piece by piece; who reads it slowly keeps Orthanc from nothing.

        Raises NotFound, Unavailable.
        """
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:

            def save(orthanc: OrthancConnection) -> None:
                for piece in orthanc.pieces(path):
                    file.write(piece)

            try:
                self.ask(save)
            except LookupError:
                raise NotFound("Orthanc has no such resource; it may have been deleted") from None
            file.seek(0)
            while piece := file.read(_PIECE_BYTES):
                yield piece

    # -- inside --------------------------------------------------------------------------------------------------

    async def _asked(
        self,
        question: Callable[[OrthancConnection], _Result],
        *,
        for_job: bool,
        headers: Mapping[str, str] | None = None,
    ) -> _Result:
        place = self.places.enter(for_job=for_job)
        try:
            await place.granted(None if for_job else PATIENCE_S)
            answering = self._threads.submit(self._answered, place, question, headers)
        except BaseException:
            place.leave()
            raise
        # The thread goes on when the caller is gone, and holds its place until it ends.
        return await asyncio.shield(asyncio.wrap_future(answering))

    def _answered(
        self, place: Place, question: Callable[[OrthancConnection], _Result], headers: Mapping[str, str] | None
    ) -> _Result:
        try:
            with OrthancConnection(self.address, headers=headers) as connection:
                return question(connection)
        finally:
            place.leave()
