"""Tells an address of the administrator's when a job has ended, until somebody there has heard it.

A notice may come twice, never not at all: it is struck off once the address answers 2xx, and given up after a day. It
names jobs by their ids and holds no word of a patient.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, timedelta
from types import TracebackType
from typing import Final, Self

import httpx
from sqlalchemy.exc import OperationalError

from plugin.service.config import JobWebhook
from plugin.service.jobs.notices import JobNotices, Notice
from plugin.service.records import now

_LOG = logging.getLogger(__name__)
_ANSWER_WITHIN_S: Final = 10.0
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Rhythm:
    """How often it is looked, and how long an address that failed is left in peace."""

    look_every_s: float = 1.0
    first_wait_s: float = 5.0
    longest_wait_s: float = 3600.0
    lease_s: float = 60.0
    """How long a notice is one service's, who may die with it."""

    def wait_after(self, trials: int) -> timedelta:
        """Twice as long each time."""
        return timedelta(seconds=min(self.first_wait_s * 2.0 ** min(trials - 1, 32), self.longest_wait_s))


class Webhook:
    """Sends notices while it is entered."""

    def __init__(self, settings: JobWebhook, notices: JobNotices, rhythm: Rhythm | None = None) -> None:
        self._settings = settings
        self._notices = notices
        self._rhythm = rhythm or Rhythm()
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sending = asyncio.create_task(self._send_forever())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._sending is not None
        self._sending.cancel()
        await asyncio.gather(self._sending, return_exceptions=True)

    async def _send_forever(self) -> None:
        authority = self._settings.ca_file
        context = ssl.create_default_context(cafile=None if authority is None else str(authority))
        # Not by the environment's proxies: the address is the administrator's word.
        async with httpx.AsyncClient(verify=context, timeout=_ANSWER_WITHIN_S, trust_env=False) as client:
            while True:
                try:
                    await self._send_due(client)
                except OperationalError:
                    _LOG.warning("the database does not answer; notices of jobs wait")
                await asyncio.sleep(self._rhythm.look_every_s)

    async def _send_due(self, client: httpx.AsyncClient) -> None:
        for notice in await asyncio.to_thread(self._notices.take, timedelta(seconds=self._rhythm.lease_s)):
            problem = await self._problem_of(client, notice)
            if problem is None or now() - notice.ended_at > _DAY:
                await asyncio.to_thread(self._notices.strike_off, [notice])
            else:
                await asyncio.to_thread(self._notices.postpone, notice, self._rhythm.wait_after(notice.trials))
            if problem is not None:
                _LOG.warning("the end of job %s could not be told (%s)", notice.job_id, problem)

    async def _problem_of(self, client: httpx.AsyncClient, notice: Notice) -> str | None:
        """Why a notice was not heard; None when it was."""
        body = body_of(notice)
        try:
            answer = await client.post(str(self._settings.url), content=body, headers=self._headers(notice, body))
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if answer.is_success else f"status {answer.status_code}"

    def _headers(self, notice: Notice, body: bytes) -> dict[str, str]:
        moment = str(int(time.time()))
        secret = self._settings.secret.get_secret_value()
        return {
            "Content-Type": "application/json",
            "X-Ophtha-Delivery": f"{notice.job_id}.{notice.attempt}",
            "X-Ophtha-Timestamp": moment,
            "X-Ophtha-Signature": signature(secret, moment, body),
        }


def body_of(notice: Notice) -> bytes:
    """JSON of a notice."""
    return json.dumps(
        {
            "JobId": notice.job_id,
            "Attempt": notice.attempt,
            "Type": notice.kind,
            "State": notice.state,
            "ErrorCode": notice.error_code,
            "CompletedAt": notice.ended_at.replace(tzinfo=UTC).isoformat(timespec="seconds"),
        }
    ).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 of the timestamp, a full stop and the body."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
