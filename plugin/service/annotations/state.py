"""What the platform keeps while the service runs, made at the first request."""

import asyncio
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from ophtha_core.slides.display import Pixels
from ophtha_core.slides.frames import FrameCache, decode_for_display
from ophtha_core.slides.index import StoredImage
from plugin.service.access.keys import secret_of
from plugin.service.access.sealing import Seal, is_sealed
from plugin.service.annotations import commands
from plugin.service.annotations.accounts import Secret, Storage, User, UserRole, storage_name
from plugin.service.annotations.changes import Changes
from plugin.service.annotations.entity import Counter, now_ms
from plugin.service.annotations.journal import Journal
from plugin.service.annotations.orthanc_images import Census, OrthancImages
from plugin.service.annotations.replay import UsedSignatures
from plugin.service.config import Role, Settings
from plugin.service.config import User as ConfiguredUser
from plugin.service.errors import Unavailable
from plugin.service.parts import PartsOf

if TYPE_CHECKING:
    from plugin.service.annotations.callers import Caller
    from plugin.service.parts import Parts

_COOKIE_SECRET = "session cookie"
_PATIENCE_S = 60.0
"""How long a writer waits for its turn."""
_BOOKKEEPING = 0x6F70687468610002
"""PostgreSQL's advisory lock of the platform's own writes: "ophtha" and a number."""
_ROLE_IDS = {Role.ADMIN: 1, Role.USER: 2, Role.GUEST: 3}


class Platform:
    """Database, caches and guards of the annotation routes. Safe to share between threads."""

    def __init__(self, parts: "Parts") -> None:
        self.parts = parts
        self.settings: Settings = parts.configuration.ophtha
        self.sessions = parts.sessions
        self.signatures = UsedSignatures(parts.sessions, remember_s=self.settings.signature_max_age_s)
        self._seal = Seal.of_file(parts.configuration.keys_file)
        self.orthanc = OrthancImages(parts.orthanc, parts.readers.call)
        self.census: Census | None = None
        """Orthanc's content when the abstract images were last brought in step with it."""
        self.without_pictures: dict[str, int] = {}
        """Series that hold no images, and of how many instances that was said."""
        self.frames = FrameCache(decode=self._decode)
        self._turn = threading.Lock()
        self.large_pictures = threading.BoundedSemaphore(2)
        self.uploads = asyncio.Semaphore(2)
        """Whose files are whole in memory: the others wait on disk."""
        with self.bookkeeping() as session:
            self._know_configured_users(session)
            self._seal_what_is_open(session)

    @cached_property
    def cookie_secret(self) -> str:
        """Random, and the same for every service on this database."""
        with self.bookkeeping() as session:
            known = session.get(Secret, _COOKIE_SECRET)
            opened = None if known is None else self._seal.open(known.value)
            if opened is None:
                opened = secrets.token_hex(32)
                session.merge(Secret(name=_COOKIE_SECRET, value=self._seal.close(opened)))
            return opened

    def private_key_of(self, user: User) -> str:
        """The key a user signs with; one that nobody has where the records were sealed with a lost key."""
        configured = self.parts.keys.by_public_key(user.public_key) if user.is_configured else None
        if configured is not None:
            return secret_of(configured)
        return self._seal.open(user.private_key) or secrets.token_hex(32)

    def _decode(self, stored: bytes, image: StoredImage) -> Pixels:
        return self.parts.readers.call(f"Instance {image.key}", decode_for_display, stored, image)

    @staticmethod
    def equal(known: str, given: str) -> bool:
        """Comparison whose duration tells nothing."""
        return hmac.compare_digest(known.encode(), given.encode())

    @contextmanager
    def writing(self, caller: "Caller") -> Iterator[Session]:
        """A transaction of a user; all or nothing. The audit log tells what it did, and the user can undo it."""
        identifier = None
        with self.journaled(caller) as (session, journal):
            yield session
            steps = journal.steps()
            if steps:
                identifier = next_ids(session, 1)[0]
                commands.remember(session, caller.user_id, identifier, steps)
        commands.tell(identifier)

    @contextmanager
    def journaled(self, caller: "Caller") -> Iterator[tuple[Session, Journal]]:
        """The same, for whoever keeps what it did."""
        with self._transaction() as session:
            changes = Changes(session)
            yield session, Journal(session)
        for each in changes:
            columns = {"columns": list(each.columns)} if each.columns else {}
            self.audit(caller, f"annotations.{each.kind}.{each.verb}", *each.resources, **columns)

    @contextmanager
    def bookkeeping(self) -> Iterator[Session]:
        """A transaction of the platform's own, which no user asked for; such are carried out one at a time."""
        with self._transaction() as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(select(func.pg_advisory_xact_lock(_BOOKKEEPING)))
            yield session

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """A transaction that writes. SQLite knows one writer at a time: the others wait here for their turn, not there.

        Raises Unavailable when the turn does not come.
        """
        if self.parts.sessions.kw["bind"].dialect.name != "sqlite":
            with self._sealing() as session:
                yield session
            return
        if not self._turn.acquire(timeout=_PATIENCE_S):
            raise Unavailable("Others have been writing for a long time; ask again later")
        try:
            with self._sealing() as session:
                # Another service may share the file: the lock is taken before anything is read.
                session.execute(update(Counter).values(next_id=Counter.next_id))
                yield session
        finally:
            self._turn.release()

    @contextmanager
    def _sealing(self) -> Iterator[Session]:
        """A transaction in which no key reaches the records as it is."""
        with self.sessions() as session, session.begin():
            event.listen(session, "before_flush", self._seal_keys)
            yield session

    def audit(self, caller: "Caller", action: str, *resources: object, **facts: list[str]) -> None:
        """Record what a user did."""
        self.parts.audit.write(action, user=caller.username, resources=[str(each) for each in resources], **facts)

    def _seal_keys(self, session: Session, *_: object) -> None:
        """No key reaches the records as it is, whoever makes it."""
        for each in (*session.new, *session.dirty):
            if isinstance(each, User) and not is_sealed(each.private_key):
                each.private_key = self._seal.close(each.private_key)

    def _seal_what_is_open(self, session: Session) -> None:
        """Of records that are older than seals."""
        for user in session.scalars(select(User).where(User.private_key.not_like("s1:%"))):
            user.private_key = self._seal.close(user.private_key)
        for secret in session.scalars(select(Secret)):
            if not is_sealed(secret.value):
                secret.value = self._seal.close(secret.value)

    def user_known_to_orthanc(self, name: str, role: Role) -> User:
        """The user of somebody who comes by a password or a proxy; made at the first request."""
        known = select(User).where(User.username == name)
        with self.sessions() as session:
            user = session.scalar(known)
        if user is None:
            with self.bookkeeping() as session:
                user = session.scalar(known)  # another request was faster
                if user is None:
                    user = _new_user(session, name)
                    _set_role(session, user, role)
                    give_storage(session, user)
        return user

    def _know_configured_users(self, session: Session) -> None:
        """Take over the users of the settings; one that has left them keeps its objects and loses its access."""
        configured = {user.name: user for user in self.settings.users}
        for gone in session.scalars(select(User).where(User.is_configured, User.username.not_in(list(configured)))):
            gone.is_enabled = False
            gone.public_key = f"disabled-{gone.id}"
        session.flush()
        for name, settings in configured.items():
            user = session.scalar(select(User).where(User.username == name))
            if user is None:
                user = _new_user(session, name)
            user.public_key, user.private_key = _keys_of(settings)
            user.is_configured = user.is_enabled = True
            session.flush()
            _set_role(session, user, settings.role)
            # Those of records that are older than storages have none.
            if session.scalar(select(Storage.id).where(Storage.user_id == user.id).limit(1)) is None:
                give_storage(session, user)


def _new_user(session: Session, name: str) -> User:
    public_key, private_key = _unused_keys()
    user = User(
        id=next_ids(session, 1)[0],
        username=name,
        firstname=name,
        created_ms=now_ms(),
        public_key=public_key,
        private_key=private_key,
    )
    session.add(user)
    session.flush()
    return user


def _keys_of(settings: "ConfiguredUser") -> tuple[str, str]:
    """The private key of the settings stays there."""
    return _unused_keys() if settings.public_key is None else (settings.public_key, secrets.token_hex(32))


def _unused_keys() -> tuple[str, str]:
    """Of somebody who comes by a password: nobody is told them."""
    return secrets.token_hex(16), secrets.token_hex(32)


def _set_role(session: Session, user: User, role: Role) -> None:
    for known in session.scalars(select(UserRole).where(UserRole.user_id == user.id)):
        session.delete(known)
    session.flush()
    session.add(UserRole(id=next_ids(session, 1)[0], user_id=user.id, role_id=_ROLE_IDS[role]))
    session.flush()


def give_storage(session: Session, user: User) -> None:
    """A place for the files of a user."""
    session.add(Storage(id=next_ids(session, 1)[0], name=storage_name(user.username), user_id=user.id))
    session.flush()


def next_ids(session: Session, count: int) -> range:
    """Ids nobody has; the transaction must be a writing one.

    Where many write at once they are taken for good at once, whatever becomes of the transaction: nobody waits for it.
    """
    bind = session.get_bind()
    if bind.dialect.name == "postgresql":
        with Session(bind.engine) as own, own.begin():
            return _taken(own, count)
    return _taken(session, count)


def _taken(session: Session, count: int) -> range:
    following = session.scalar(update(Counter).values(next_id=Counter.next_id + count).returning(Counter.next_id))
    assert following is not None, "ids are taken in a writing transaction"
    return range(following - count, following)


def platform_of(app: FastAPI) -> Platform:
    """The platform of a running application."""
    parts: Parts = app.state.parts
    return _made(app, parts)


_MAKING = threading.Lock()


def _made(app: FastAPI, parts: "Parts") -> Platform:
    with _MAKING:
        platform: Platform | None = getattr(app.state, "annotation_platform", None)
        if platform is None or platform.parts is not parts:
            platform = app.state.annotation_platform = Platform(parts)
        return platform


async def _platform(request: Request, parts: PartsOf) -> Platform:
    platform: Platform | None = getattr(request.app.state, "annotation_platform", None)
    if platform is None or platform.parts is not parts:
        return await run_in_threadpool(_made, request.app, parts)
    return platform


PlatformOf = Annotated[Platform, Depends(_platform)]
