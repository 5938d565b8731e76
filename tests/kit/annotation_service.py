"""The service on a TCP port beside a bare Orthanc, and a client that signs as both generations of clients do."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine

from plugin.service import annotations
from plugin.service.access.doors import Door, Entrance
from plugin.service.access.guards import install_guards
from plugin.service.access.keys import KeyRing
from plugin.service.access.person import People
from plugin.service.access.profiles import Profiles
from plugin.service.access.rights import ObjectRights
from plugin.service.access.senders import Senders
from plugin.service.annotations.kinds.abstract_image import series_of_user
from plugin.service.audit import AuditLog
from plugin.service.config import Configuration, OrthancSettings, Role, Settings, User
from plugin.service.errors import install_error_handlers
from plugin.service.jobs import JobEngine
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.presence import Presence
from plugin.service.jobs.records import JobRecords
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.inventory import StudyInventory
from plugin.service.pacs.lending import Lending
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.pacs.places import Places
from plugin.service.parts import Parts
from plugin.service.readers.pool import Readers
from plugin.service.records import open_database, sessions
from plugin.service.serving.listening import api_server
from tests.kit.conditions import wait_until
from tests.kit.product import Product, free_port

ADMIN = User(name="ada", public_key="ada-public", private_key=SecretStr("ada-private-key"), role=Role.ADMIN)
MEMBER = User(name="mia", public_key="mia-public", private_key=SecretStr("mia-private-key"), role=Role.USER)
STRANGER = User(name="sam", public_key="sam-public", private_key=SecretStr("sam-private-key"), role=Role.USER)
GUEST = User(name="gus", public_key="gus-public", private_key=SecretStr("gus-private-key"), role=Role.GUEST)
USERS = (ADMIN, MEMBER, STRANGER, GUEST)

Json = dict[str, Any]


class AnnotationClient(httpx.Client):
    """Signs every request like clients from 4.0 on; ``with_address`` like those before."""

    def __init__(self, url: str, user: User, *, with_address: bool = False) -> None:
        # Plain HTTP: without a TLS context a client is made in no time.
        super().__init__(base_url=url, timeout=120, limits=httpx.Limits(max_keepalive_connections=0), verify=False)
        self.user = user
        self._with_address = with_address
        self.auth = self._sign

    def _sign(self, request: httpx.Request) -> httpx.Request:
        if "date" not in request.headers:
            request.headers["date"] = formatdate(usegmt=True)
        address = request.url.raw_path.decode() if self._with_address else None
        request.headers["authorization"] = signature(
            self.user,
            method=request.method,
            content_type=request.headers.get("content-type", ""),
            date=request.headers["date"],
            address=address,
        )
        return request

    def add(self, key: str, **fields: object) -> Json:
        """Add an object; its JSON."""
        response = self.post(f"/api/{key}.json", json=fields)
        assert response.status_code == 200, response.text
        added: Json = response.json()[key]
        return added

    def list(self, path: str, **query: object) -> list[Json]:
        """The objects of a listing."""
        response = self.get(f"/api/{path}", params={name: str(value) for name, value in query.items()})
        assert response.status_code == 200, response.text
        collection: list[Json] = response.json()["collection"]
        return collection


def signature(user: User, *, method: str, content_type: str, date: str, address: str | None = None) -> str:
    """An ``Authorization`` header."""
    token = f"{method}\n\n{content_type}\n{date}" + (f"\n{address}" if address is not None else "")
    digest = hmac.new(user.private_key.get_secret_value().encode(), token.encode(), hashlib.sha1).digest()
    return f"CYTOMINE {user.public_key}:{base64.b64encode(digest).decode()}"


class AnnotationDoor:
    """The service at one of its addresses; ``orthanc`` holds the images."""

    def __init__(self, url: str, orthanc: Product) -> None:
        self.url = url
        self.orthanc = orthanc

    def client(self, user: User = ADMIN, *, with_address: bool = False) -> AnnotationClient:
        return AnnotationClient(self.url, user, with_address=with_address)

    def store(self, files: Iterable[bytes]) -> list[str]:
        """Store DICOM files in Orthanc; their ids."""
        return self.orthanc.upload(files)


class AnnotationService(AnnotationDoor):
    """A service that the tests run themselves."""

    def __init__(self, url: str, orthanc: Product, configuration: Configuration) -> None:
        super().__init__(url, orthanc)
        self.configuration = configuration


@contextmanager
def annotation_service(
    folder: Path, orthanc: Product, *, settings: Mapping[str, object] | None = None, door: Door = Door.API
) -> Iterator[AnnotationService]:
    """Run the service in a thread until the block ends."""
    port = free_port()
    configuration = Configuration(
        ophtha=Settings.model_validate(
            {"users": USERS, "storage": folder, "workers": 1, "api_port": port, **(settings or {})}
        ),
        orthanc=OrthancSettings.model_validate(
            {"http_port": orthanc.port, "storage_directory": folder, "token": "Bearer none"}
        ),
    )
    engine = open_database(configuration.database_url)
    readers = Readers(memory_mb=512, time_limit_s=20)
    readers.start()
    app = _application(configuration, engine, readers)
    server = api_server(Entrance(app, door), configuration.ophtha)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    url = f"http://localhost:{port}"
    try:
        wait_until(lambda: _answers(url), what="start of the service", timeout_s=60)
        yield AnnotationService(url, orthanc, configuration)
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the service does not end"
        readers.close()
        engine.dispose()


def _application(configuration: Configuration, engine: Engine, readers: Readers) -> FastAPI:
    """The annotation routes alone, without the job engine: its workers take seconds to start and to end."""
    app = FastAPI()
    install_error_handlers(app)
    settings = configuration.ophtha
    keys, people = KeyRing(settings.users), People(settings.users, settings.default_role)
    install_guards(app, Senders(configuration, people), keys, shapes=(annotations.ERROR_SHAPE,), signed_forms={})
    app.include_router(annotations.router)
    orthanc = Orthanc(OrthancAddress.of(configuration), Places(configuration.orthanc.places))
    factory = sessions(engine)
    app.state.parts = Parts(
        configuration=configuration,
        orthanc=orthanc,
        orthanc_desk=Lending(orthanc).for_answers,
        studies=StudyInventory(orthanc),
        sessions=factory,
        jobs=JobEngine(
            JobRecords(factory),
            Cluster(configuration.ophtha, configuration.storage / "dask"),
            [],
            Presence(factory, configuration.storage / "services"),
        ),
        audit=AuditLog(configuration.storage / "audit.jsonl"),
        keys=keys,
        people=people,
        rights=ObjectRights(orthanc, people, partial(series_of_user, factory), Profiles(orthanc)),
        readers=readers,
    )
    return app


def _answers(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/server/ping").json()["alive"])
    except (httpx.TransportError, json.JSONDecodeError, KeyError):
        return False
