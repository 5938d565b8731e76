"""What the registration protocol refuses, with the codes of its reference.

Refusal                     base, a ServiceError
├── MissingParameter        400
├── InvalidParameter        400
├── IllegalUrl              400 IllegalUrlParameter
├── UnknownAction           404 InvalidAction.NotFound
├── AuthFailed              403
│   └── Unidentified        401
├── SlowBody                408 RequestTimeout
├── LargeBody               413 EntityTooLarge
├── Throttled               429 Throttling.User
└── ServiceBusy             503 ServiceUnavailable
"""

from http import HTTPStatus
from typing import ClassVar

from plugin.service.errors import Detail, ServiceError


class Refusal(ServiceError):
    """Base of what the protocol answers with ``Code``, ``Message`` and ``Recommend``."""

    status = HTTPStatus.BAD_REQUEST
    code: ClassVar[str]
    recommend: ClassVar[str]


class MissingParameter(Refusal):
    """A parameter that must be given is not."""

    code = "MissingParameter"
    recommend = "Give the parameter that the message names."

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is missing", details=[Detail(("body", name), "is missing")])


class InvalidParameter(Refusal):
    """A parameter has a value that cannot be used."""

    code = "InvalidParameter"
    recommend = "Correct the parameter that the message names."

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}", details=[Detail(("body", name), reason)])


class IllegalUrl(Refusal):
    """A URL that the service does not fetch from."""

    code = "IllegalUrlParameter"
    recommend = "Use http(s) URLs of this Orthanc (/instances/<id>/file) or of a host in RegistrationHosts."

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}", details=[Detail(("body", name), reason)])


class UnknownAction(Refusal):
    """The action is none of the protocol."""

    status = HTTPStatus.NOT_FOUND
    code = "InvalidAction.NotFound"
    recommend = "Use RunCTRegistration, GetAsyncJobResult, CancelWaitingAsyncJob or QueryAsyncJobList."


class AuthFailed(Refusal):
    """The signature is missing, wrong or old, or the user may not."""

    status = HTTPStatus.FORBIDDEN
    code = "AuthFailed"
    recommend = "Sign with the keys of a configured user, the present time and a new nonce."


class Unidentified(AuthFailed):
    """Nobody we know sent it."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("say who you are: with a password of Orthanc's, or sign the request")


class SlowBody(Refusal):
    """The body did not come in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "RequestTimeout"
    recommend = "Send the request again."


class LargeBody(Refusal):
    """The body is larger than any request of the protocol."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "EntityTooLarge"
    recommend = "Send a smaller body."


class Throttled(Refusal):
    """The caller asks too often."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "Throttling.User"
    recommend = "Ask again in a while."


class ServiceBusy(Refusal):
    """Nothing wrong with the request; ask again later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "ServiceUnavailable"
    recommend = "Ask again in a while."

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "30"}


def as_refusal(status: int, message: str) -> Refusal:
    """What another part of the service refuses, in the words of the protocol."""
    if status == Unidentified.status:
        return Unidentified()
    kind = next((kind for kind in (SlowBody, LargeBody, Throttled) if kind.status == status), ServiceBusy)
    return kind(message)
