"""Registrations as a client of the protocol sees them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx

from tests.kit.chest_series import FLOATING, REFERENCE
from tests.kit.conditions import wait_until
from tests.kit.product import Product


def _user(name: str, role: str, **more: str) -> dict[str, str]:
    return {"name": name, "public_key": f"{name}-key", "private_key": f"{name}-secret", "role": role, **more}


USERS = [
    _user("alice", "user", orthanc_name="alice"),
    _user("bob", "user", orthanc_name="bob"),
    _user("root", "admin"),
    _user("visitor", "guest"),
]
UNFINISHED = ("QUEUING", "PROCESSING")


@dataclass(frozen=True)
class Chest:
    """Two series stored in a product; Orthanc identifiers."""

    reference: list[str]
    floating: list[str]
    reference_series: str
    floating_series: str


def stored_chest(product: Product) -> Chest:
    """Store the two drawn series."""
    reference, floating = product.upload(REFERENCE.files()), product.upload(FLOATING.files())
    series = [product.get(f"/instances/{each[0]}/series").json()["ID"] for each in (reference, floating)]
    return Chest(reference, floating, *series)


def url_form(product: Product, reference: list[str], floating: list[str], **more: str) -> dict[str, str]:
    """A submission by URLs of the product's own Orthanc."""
    base = f"http://localhost:{product.port}/instances"
    form = {
        "Action": "RunCTRegistration",
        "DataFormat": "DICOM",
        "DataSourceType": "HTTP_FILES",
        "OrgId": "7ff51bfe-e73d-11ea-827d-506b4b3f3cf6",
        "OrgName": "测试组织",
    }
    form |= {f"ReferenceList.{n}.ReferenceURL": f"{base}/{each}/file" for n, each in enumerate(reference, start=1)}
    form |= {f"FloatingList.{n}.FloatingURL": f"{base}/{each}/file" for n, each in enumerate(floating, start=1)}
    return {**form, **more}


def series_form(chest: Chest, **more: str) -> dict[str, str]:
    """A submission by series of the product's own Orthanc."""
    return {
        "Action": "RunCTRegistration",
        "DataSourceType": "ORTHANC",
        "ReferenceSeries": chest.reference_series,
        "FloatingSeries": chest.floating_series,
        **more,
    }


@dataclass(frozen=True)
class ProtocolClient:
    """Calls actions on one port; signs as ``user`` when there is one."""

    base: str
    user: str | None = None

    def call(self, **parameters: str) -> httpx.Response:
        """POST a form, as the SDK does."""
        body = urlencode(parameters)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self.user is not None:
            headers |= self.acs3_headers(body.encode(), parameters.get("Action", ""))
        with httpx.Client(timeout=120) as client:
            return client.post(f"{self.base}/plugins/registration/", content=body, headers=headers)

    def submit(self, form: Mapping[str, str]) -> str:
        answer = self.call(**form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["RequestId"])

    def data(self, job_id: str) -> dict[str, str]:
        """``Data`` of GetAsyncJobResult."""
        answer = self.call(Action="GetAsyncJobResult", JobId=job_id)
        assert answer.status_code == 200, answer.text
        data: dict[str, str] = answer.json()["Data"]
        return data

    def finish(self, job_id: str, timeout_s: float = 240) -> dict[str, str]:
        """``Data`` once the job is over."""

        def ended() -> dict[str, str] | None:
            data = self.data(job_id)
            return None if data["Status"] in UNFINISHED else data

        return wait_until(ended, what="end of the registration", timeout_s=timeout_s) or {}

    def results(self, job_id: str) -> dict[str, str]:
        """``NUrl`` and ``DUrl`` of a job that succeeds."""
        data = self.finish(job_id)
        assert data["Status"] == "PROCESS_SUCCESS", data
        urls: dict[str, str] = json.loads(data["Result"])
        return urls

    def acs3_headers(self, body: bytes, action: str, *, path: str = "/", **changes: str) -> dict[str, str]:
        """Headers of an ACS3-HMAC-SHA256 request, written from the published algorithm; ``path`` is signed as the
        request's, ``changes`` replace values before signing."""
        host = self.base.split("://")[1]
        headers = {
            "host": host,
            "x-acs-action": action,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid4().hex,
            "x-acs-version": "2020-03-20",
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"POST\n{path}\n\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(f"{self.user}-secret".encode(), text.encode(), hashlib.sha256).hexdigest()
        credential = f"ACS3-HMAC-SHA256 Credential={self.user}-key,SignedHeaders={names},Signature={signature}"
        return {**headers, "Authorization": credential}


def rpc_signed(method: str, parameters: Mapping[str, str], *, user: str, **changes: str) -> dict[str, str]:
    """Parameters with the classic RPC signature, written from the published algorithm."""
    signed = {
        **parameters,
        "AccessKeyId": f"{user}-key",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid4().hex,
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Version": "2020-03-20",
        **changes,
    }

    def encoded(text: str) -> str:
        return quote(text, safe="-_.~")

    query = "&".join(f"{encoded(name)}={encoded(signed[name])}" for name in sorted(signed))
    text = f"{method}&{encoded('/')}&{encoded(query)}"
    digest = hmac.new(f"{user}-secret&".encode(), text.encode(), hashlib.sha1).digest()
    return {**signed, "Signature": base64.b64encode(digest).decode()}


def old_date(age: timedelta) -> str:
    """A signing date that lies back."""
    return (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
