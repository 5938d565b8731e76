"""What stands before every route: cross-site requests, rates and bodies."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import FastAPI

from plugin.service.access.cross_site import RefuseCrossSite
from plugin.service.access.doors import is_let_in
from plugin.service.access.rates import LimitRates, Rate
from plugin.service.access.shapes import ErrorShape, ErrorShapes
from plugin.service.config import Settings
from plugin.service.serving.bodies import BodyLimits, BoundedBodies

STRANGER_BYTES: Final = 64 * 2**10


def install_guards(
    app: FastAPI,
    settings: Settings,
    *,
    shapes: Sequence[ErrorShape],
    signed_forms: Mapping[str, int],
    large_forms: Mapping[str, int] | None = None,
) -> None:
    """``signed_forms`` are paths whose body itself tells who sent it, with the largest one each (bytes).

    ``large_forms`` are paths of forms that may be larger than other bodies (bytes).
    """

    def stranger_bytes(path: str) -> int:
        return next((size for form, size in signed_forms.items() if path.startswith(form)), STRANGER_BYTES)

    app.add_middleware(RefuseCrossSite, public_url=settings.public_url)
    app.add_middleware(
        LimitRates,
        keys=Rate(settings.api_requests_per_s),
        strangers=Rate(settings.api_stranger_requests_per_s),
        shapes=ErrorShapes(shapes),
    )
    # Added last, it comes first: whatever is refused, the rest of its body is not waited for.
    app.add_middleware(
        BoundedBodies,
        limits=BodyLimits(
            stranger_bytes=stranger_bytes,
            is_known=is_let_in,
            silence_s=settings.api_timeout_s,
            larger_bytes=large_forms or {},
        ),
    )
