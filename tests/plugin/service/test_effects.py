"""Every route says what it does to what is stored, and every write is in the audit log because it is declared one."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts

from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom
from ophtha_core.phantoms.oct_dicom import opt_study
from plugin.service.access.keys import KeyRing
from plugin.service.access.person import KnownBy, Person
from plugin.service.access.senders import become
from plugin.service.audit import AuditLog, leave_unwritten
from plugin.service.config import Role
from plugin.service.effects import COMPUTES, METHOD_TELLS, READS, WRITES, Effect, declarations
from plugin.service.errors import Conflict, install_error_handlers
from plugin.service.pixels_masker.payload import Action, Level
from tests.kit.conditions import wait_until
from tests.kit.in_process import InProcessClient
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, full_study, to_bytes
from tests.plugin.service.test_openapi import app as whole_application

Json = dict[str, Any]
_ANNOTATIONS = ("/api", "/session", "/server", "/upload")
"""Written in sessions that note what they write; ``annotations/test_audit.py`` walks them."""


@cache
def routes() -> list[RouteContext]:
    """Every route, on whichever port."""
    found = list(iter_route_contexts(whole_application().routes))
    assert len(found) > 200
    return found


def effect(route: RouteContext, method: str) -> Effect:
    (declared,) = declarations(route.dependencies)
    return declared.of(method)


def writes() -> Iterator[RouteContext]:
    for route in routes():
        if any(effect(route, method) is Effect.WRITES for method in route.methods or ()):
            yield route


def test_every_route_declares_once_whether_it_reads_computes_or_writes() -> None:
    undeclared = [route.path for route in routes() if len(declarations(getattr(route, "dependencies", ()))) != 1]
    assert undeclared == []


def test_what_is_got_is_never_said_to_be_computed_and_stored_alike() -> None:
    """GET writes where a protocol says so: that of registration asks for everything with it, Cytomine's undoes."""
    written = {route.path for route in writes() if effect(route, "GET") is Effect.WRITES and "GET" in route.methods}
    undone = {f"/api/command/{each}{verb}.json" for each in ("", "{command_id}/") for verb in ("undo", "redo")}
    assert written == {"/plugins/registration", "/plugins/registration/"} | undone


# -- the mechanism ------------------------------------------------------------------------------------------------


def _routes_of_every_kind(audit: AuditLog) -> APIRouter:
    router = APIRouter()

    @router.put("/written/{thing_id}/{word}", dependencies=[WRITES])
    def change_thing(thing_id: str, word: str) -> None: ...

    @router.post("/told/{thing_id}", dependencies=[WRITES])
    def told(thing_id: str) -> None:
        audit.write("thing told", user="bob", resources=[thing_id])

    @router.post("/spared", dependencies=[WRITES])
    def spared() -> None:
        leave_unwritten()

    @router.post("/refused", dependencies=[WRITES])
    def refused() -> None:
        raise Conflict("not now")

    @router.post("/computed", dependencies=[COMPUTES])
    def computed() -> None: ...

    @router.get("/read", dependencies=[READS])
    def read() -> None: ...

    return router


@dataclass(frozen=True)
class Little:
    """An application with a route of every kind, and what its log says."""

    app: FastAPI
    log: Path

    def request(self, method: str, path: str) -> list[Json]:
        """Lines that a request leaves."""
        before = len(self.log.read_text().splitlines())
        InProcessClient(self.app).request(method, path)
        return [json.loads(line) for line in self.log.read_text().splitlines()[before:]]


@pytest.fixture
def little(tmp_path: Path) -> Little:
    audit = AuditLog(tmp_path / "audit.jsonl")
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(_routes_of_every_kind(audit))
    app.state.parts = SimpleNamespace(audit=audit, keys=KeyRing(()))
    return Little(app, tmp_path / "audit.jsonl")


def test_a_write_that_says_nothing_leaves_a_line_of_its_ids(little: Little) -> None:
    (line,) = little.request("PUT", "/written/17/secret")
    assert (line["action"], line["user"], line["resources"]) == ("PUT change_thing", None, ["17"])


def test_a_write_that_speaks_for_itself_leaves_its_own_line_alone(little: Little) -> None:
    (line,) = little.request("POST", "/told/17")
    assert (line["action"], line["user"], line["resources"]) == ("thing told", "bob", ["17"])


@pytest.mark.parametrize("request_line", ["POST /spared", "POST /refused", "POST /computed", "GET /read"])
def test_what_writes_nothing_leaves_no_line(little: Little, request_line: str) -> None:
    assert little.request(*request_line.split()) == []


def test_the_line_names_the_person_whom_the_route_found_out(little: Little) -> None:
    async def signed(request: Request) -> None:
        become(request.scope, Person("alice", Role.USER, KnownBy.SIGNATURE))

    little.app.add_api_route("/signed", signed, methods=["GET", "POST"], dependencies=[METHOD_TELLS])
    assert little.request("GET", "/signed") == []
    (line,) = little.request("POST", "/signed")
    assert line["user"] == "alice"


# -- every write of the product -----------------------------------------------------------------------------------


_ELSEWHERE = {
    ("POST", "/plugins/oct/studies/{study_id}/printout.pdf"),  # answers a page and no JSON
    ("POST", "/plugins/registration/jobs/{job_id}/lesions"),  # of a registration that has succeeded, as the next
    ("POST", "/plugins/registration/jobs/{job_id}/review"),  # of a registration that has succeeded
}
"""Writes whose own tests see what they leave."""


@dataclass
class Audited:
    """Carries out writes, and sees after each what the log says of it."""

    product: Product
    exercised: set[tuple[str, str]] = field(default_factory=set)

    def write(self, method: str, path: str, *ids: str, body: object = None) -> Json:
        """The answer; the new lines name ``ids`` and, of a job, its id."""
        log = self.product.folder / "ophtha" / "audit.jsonl"
        before = len(log.read_text().splitlines())
        with self.product.client() as client:
            response = client.request(method, path, json=body)
        assert response.status_code == 200, (method, path, response.text)
        answer: Json = response.json()
        lines = [json.loads(line) for line in log.read_text().splitlines()[before:]]
        named = {each for line in lines for each in line["resources"]} | {line.get("job") for line in lines}
        assert {*ids, *([answer["ID"]] if "ID" in answer else [])} <= named, (method, path, lines)
        self.exercised |= {
            (method, route.path)
            for route in writes()
            if method in route.methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path.split("?")[0])
        }
        return answer


def test_every_write_leaves_a_line_with_its_ids(product: Product) -> None:
    audited = Audited(product)
    _mask(audited)
    _keep_rules(audited)
    _register(audited)
    _report(audited)
    visible = {
        (method, route.path)
        for route in writes()
        for method in route.methods or ()
        if route.include_in_schema and not route.path.startswith(_ANNOTATIONS)
    }
    assert visible - audited.exercised == _ELSEWHERE


def test_a_write_that_the_description_leaves_out_is_another_address_of_one_that_it_names() -> None:
    ours = [route for route in writes() if not route.path.startswith(_ANNOTATIONS)]
    assert {route.endpoint for route in ours} == {route.endpoint for route in ours if route.include_in_schema}


def _mask(audited: Audited) -> None:
    product = audited.product
    instance = product.upload(to_bytes(each) for each in full_study(StudyIds(patient_id="P-audited")))[0]
    for level in (Level.PATIENT, Level.STUDY, Level.SERIES):
        resource = product.get(f"/instances/{instance}/{level.type_name.lower()}").json()["ID"]
        for action in Action:
            order = {"Asynchronous": True, "Force": True, "Replace": _REPLACED[level], "MaskPixelData": _MASK}
            audited.write("POST", f"/plugins/pixels-masker/{level}/{resource}/{action}", resource, body=order)
        audited.write("POST", f"/plugins/pixels-masker/{level}/{resource}/detect", resource, body=_DETECT)
    audited.write("POST", f"/plugins/pixels-masker/instances/{instance}/detect", instance, body=_DETECT)


def _keep_rules(audited: Audited) -> None:
    path = "/plugins/pixels-masker/rules"
    rule = {"Order": 1, "When": {"Modality": {"equals": "US"}}, "Regions": []}
    audited.write("PUT", f"{path}/ours", "ours", body=rule)
    script = {"Format": "ctp", "Script": '{ Modality.equals("US") } (0,0,9,9)'}
    (imported,) = audited.write("POST", f"{path}/import", "signature", body=script)["Imported"]
    for name in ("ours", imported):
        audited.write("DELETE", f"{path}/{name}", name)


_REPLACED = {
    Level.PATIENT: {"PatientID": "P-other"},
    Level.STUDY: {"StudyDescription": "other"},
    Level.SERIES: {"SeriesDescription": "other"},
}
_SOME_ID = "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd"
_DETECT = {"Find": ["UltrasoundRegions"]}
_MASK = {"Regions": [{"MaskType": "MeanFilter", "FilterWidth": 4, "RegionType": "2D", "Origin": [2, 2], "End": [9, 9]}]}


def _register(audited: Audited) -> None:
    nowhere = [f"http://localhost:{audited.product.port}/instances/{_SOME_ID}/file"] * 8
    order = {"ReferenceUrls": nowhere, "FloatingUrls": nowhere}
    job = audited.write("POST", "/plugins/registration/jobs", body=order)["ID"]
    form = {"Action": "RunCTRegistration", "DataFormat": "DICOM", "DataSourceType": "HTTP_FILES"}
    form |= {"OrgId": "o", "OrgName": "o"}
    lists = {f"{side}List": [{f"{side}URL": url} for url in nowhere] for side in ("Reference", "Floating")}
    audited.write("POST", "/plugins/registration/", body={**form, **lists})
    query = [f"{name}={value}" for name, value in form.items()]
    query += [f"{side}List.{n}.{side}URL={nowhere[0]}" for side in ("Reference", "Floating") for n in range(1, 9)]
    audited.write("GET", f"/plugins/registration/?{'&'.join(query)}")
    _end(audited, job)


def _end(audited: Audited, job: str) -> None:
    audited.write("POST", f"/plugins/ophtha/jobs/{job}/cancel", job)
    wait_until(lambda: audited.product.get(f"/jobs/{job}").json()["State"] == "Failure", what="end of the job")
    audited.write("DELETE", f"/plugins/ophtha/jobs/{job}", job)


def _report(audited: Audited) -> None:
    for kept, orientation in ((True, ORIENTATIONS[0]), (False, ORIENTATIONS[1])):
        phantom = OctPhantom(orientation=orientation)
        instance = audited.product.upload([to_bytes(opt_study(phantom).volume)])[0]
        volume = f"/plugins/oct/instances/{instance}"
        found = {"layers": phantom.layers(), "exam_center_coordinate_xz": list(phantom.fovea_cell())}
        if kept:
            audited.write("POST", f"{volume}/segment", instance, body={})
            audited.write("PUT", f"{volume}/segmentation", instance, body=found)
            audited.write("POST", f"{volume}/segmentation/report", instance, body={"store": True})
        else:
            audited.write("POST", f"{volume}/report", instance, body={**found, "store": True})
