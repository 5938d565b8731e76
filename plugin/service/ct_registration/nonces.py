"""Nonces of signed requests, remembered until a copy of the request would be too old anyway."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.records import Record, Sessions, now


class NonceRecord(Record):
    """One nonce that was used."""

    __tablename__ = "registration_nonces"

    access_key_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Nonces:
    """In the database: a restart does not make an old request new, and several services share one memory."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def claim(self, access_key_id: str, nonce: str, *, for_s: float) -> bool:
        """Use a nonce; False when it was used before."""
        try:
            with self._sessions.begin() as session:
                session.execute(delete(NonceRecord).where(NonceRecord.expires_at < now()))
                expires_at = now() + timedelta(seconds=for_s)
                session.add(NonceRecord(access_key_id=access_key_id, nonce=nonce, expires_at=expires_at))
        except IntegrityError:
            return False
        return True
