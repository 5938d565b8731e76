"""The error shape of a path, for what is refused before the path's own routes are asked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Scope

from plugin.service.errors import ServiceError, error_response


@dataclass(frozen=True)
class ErrorShape:
    """How the paths of a protocol are refused."""

    paths: re.Pattern[str]
    refuse: Callable[[Scope, ServiceError], Response]


@dataclass(frozen=True)
class ErrorShapes:
    """Of every protocol that has one of its own."""

    own: Sequence[ErrorShape]

    def refuse(self, scope: Scope, error: ServiceError) -> Response:
        """The answer that refuses a request."""
        for shape in self.own:
            if shape.paths.match(scope["path"]):
                return shape.refuse(scope, error)
        return error_response(error.status, error.message, headers=error.headers())
