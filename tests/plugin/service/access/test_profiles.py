"""Beside Orthanc's authorization plugin: who somebody is and what somebody sees is the plugin's word."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from plugin.relayed_caller import LetInBy, RelayedCaller
from plugin.service.access.doors import Door, Entrance
from plugin.service.access.guards import install_guards
from plugin.service.access.keys import KeyRing
from plugin.service.access.person import People
from plugin.service.access.profiles import Profiles
from plugin.service.access.rights import ObjectRights
from plugin.service.access.senders import Senders, sender_of
from plugin.service.archive.routes import router
from plugin.service.audit import AuditLog
from plugin.service.config import Configuration, OrthancSettings, Role, Settings
from plugin.service.errors import install_error_handlers
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.pacs.places import Places
from tests.kit.authorized_orthanc import OWN_TOKEN, AuthorizedOrthanc, authorized_orthanc

ANNS, BENS = "a" * 8, "b" * 8
RELAYED = RelayedCaller("192.0.2.1", LetInBy.AUTHORIZATION).introduced({})


@dataclass(frozen=True)
class Service:
    """Routes about the archive behind Orthanc's door."""

    app: FastAPI
    orthanc: AuthorizedOrthanc

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(Entrance(self.app, Door.ORTHANC))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.get(path, headers={**RELAYED, **headers})

        return asyncio.run(ask())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    people, shown = {"token-of-ann": "ann", "token-of-ben": "ben"}, {"ann": frozenset({ANNS}), "ben": frozenset({BENS})}
    with authorized_orthanc(people, shown) as stand_in:
        configuration = Configuration(
            ophtha=Settings(),
            orthanc=OrthancSettings.model_validate(
                {"http_port": stand_in.port, "storage_directory": tmp_path, "token": OWN_TOKEN}
            ),
        )
        yield Service(_app(configuration, tmp_path), stand_in)


def _app(configuration: Configuration, folder: Path) -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)
    people, keys = People((), Role.USER), KeyRing(())
    install_guards(app, Senders(configuration, people), keys, shapes=(), signed_forms={})
    app.include_router(router)
    app.add_api_route("/plugins/ophtha/who", _who)
    orthanc = Orthanc(OrthancAddress.of(configuration), Places(2))
    rights = ObjectRights(orthanc, people, lambda _: frozenset(), Profiles(orthanc))
    audit = AuditLog(folder / "audit.jsonl")
    app.state.parts = SimpleNamespace(configuration=configuration, orthanc=orthanc, rights=rights, audit=audit)
    return app


async def _who(request: Request) -> str | None:
    return sender_of(request.scope).name


def test_the_profile_names_the_person(service: Service) -> None:
    assert service.get("/plugins/ophtha/who", token="token-of-ann").json() == "ann"


def test_a_token_in_the_address_is_the_header_of_that_name(service: Service) -> None:
    assert service.get("/plugins/ophtha/who?token=token-of-ben").json() == "ben"


@pytest.mark.parametrize("token", ["", "forged"])
def test_whom_the_plugin_does_not_know_is_nobody(service: Service, token: str) -> None:
    assert service.get("/plugins/ophtha/who", token=token).status_code == 401


def test_a_study_that_orthanc_would_not_show_does_not_exist(service: Service) -> None:
    assert service.get(f"/plugins/ophtha/studies/{ANNS}", token="token-of-ann").json()["study"]["id"] == ANNS
    assert service.get(f"/plugins/ophtha/studies/{BENS}", token="token-of-ann").status_code == 404


def test_orthancs_own_token_never_asks_for_somebody(service: Service) -> None:
    service.get(f"/plugins/ophtha/studies/{ANNS}", token="token-of-ann")
    asked_for_ann = [headers for path, headers in service.orthanc.asked if headers.get("token") == "token-of-ann"]
    assert len(asked_for_ann) == 2, "the profile and the study"
    assert all("authorization" not in headers for headers in asked_for_ann)
    assert not any(name.startswith("x-ophtha") for headers in asked_for_ann for name in headers)
