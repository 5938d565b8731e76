"""What stands before every route: who sends it, bodies, rates, cross-site requests."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import FastAPI
from starlette.types import Scope

from plugin.service.access.cross_site import RefuseCrossSite
from plugin.service.access.doors import is_of_protocol
from plugin.service.access.identification import AskWho, FindSender
from plugin.service.access.keys import KeyRing
from plugin.service.access.rates import LimitRates, Rate
from plugin.service.access.rights import CheckRights
from plugin.service.access.senders import Senders, sender_of
from plugin.service.access.shapes import ErrorShape, ErrorShapes
from plugin.service.access.witness import Witness
from plugin.service.serving.bodies import BodyLimits, BoundedBodies

STRANGER_BYTES: Final = 64 * 2**10


def install_guards(
    app: FastAPI,
    senders: Senders,
    keys: KeyRing,
    *,
    shapes: Sequence[ErrorShape],
    signed_forms: Mapping[str, int],
    large_forms: Mapping[str, int] | None = None,
) -> None:
    """``signed_forms`` are paths whose body itself tells who sent it, with the largest one each (bytes).

    ``large_forms`` are paths of forms that may be larger than other bodies (bytes).
    """
    settings = senders.configuration.ophtha
    own_shapes = ErrorShapes(shapes)

    def stranger_bytes(path: str) -> int:
        return next((size for form, size in signed_forms.items() if path.startswith(form)), STRANGER_BYTES)

    # Added last, it comes first.
    app.add_middleware(CheckRights, shapes=own_shapes)
    app.add_middleware(RefuseCrossSite, public_url=settings.public_url)
    app.add_middleware(AskWho, senders=senders, keys=keys, shapes=own_shapes)
    app.add_middleware(
        LimitRates,
        keys=Rate(settings.api_requests_per_s),
        strangers=Rate(settings.api_stranger_requests_per_s),
        shapes=own_shapes,
    )
    # Whatever is refused, the rest of its body is not waited for.
    app.add_middleware(
        BoundedBodies,
        limits=BodyLimits(
            stranger_bytes=stranger_bytes,
            is_known=_is_known,
            silence_s=settings.api_timeout_s,
            larger_bytes=large_forms or {},
        ),
    )
    app.add_middleware(Witness, keys=keys)
    app.add_middleware(FindSender, senders=senders)


def _is_known(scope: Scope) -> bool:
    """Whether the sender is known before a protocol looks for signatures."""
    person = sender_of(scope).person
    return person is not None and (person.name is not None or not is_of_protocol(scope["path"]))
