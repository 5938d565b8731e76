"""``/plugins/ophtha/app/…``: the built pages, and the API's documentation with its assets from here."""

from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from plugin.service.effects import READS
from plugin.service.parts import Parts, PartsOf

_DIST: Final = Path(__file__).parent / "dist"
_FILES: Final = StaticFiles(directory=_DIST, check_dir=False)
_ASSETS: Final = "assets/"
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Ophtha</title>
<body data-state="failed" style="font: 16px/1.5 sans-serif; margin: 3rem auto; max-width: 40rem">
<h1>The pages are not built yet</h1>
<p>Run <code>make pages</code> in the folder of the plugin, then load this page again.</p></body></html>
"""
# Nothing is loaded from anywhere else; NiiVue decodes in blob workers. Inline scripts, the usual way in for a hostile
# name, are refused, and no text becomes code. An automated browser that evaluates conditions in the page sets this
# policy aside for itself (Playwright: ``bypass_csp``).
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; worker-src 'self' blob:; connect-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)

router = APIRouter(include_in_schema=False, dependencies=[READS])


@router.get("/plugins/ophtha/app")
@router.get("/plugins/ophtha/app/")
async def hub(request: Request, parts: PartsOf) -> Response:
    """The hub. Orthanc drops a trailing slash: nobody knows which of both addresses the browser shows."""
    return await _page("index.html", request, base=_base(parts))


@router.get("/plugins/ophtha/app/{path:path}")
async def file(path: str, request: Request) -> Response:
    """One file of the pages."""
    if path.endswith(".html"):
        return await _page(path, request)
    response = await _static(path, request)
    unchanging = path.startswith(_ASSETS)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if unchanging else "no-cache"
    return response


@router.get("/plugins/ophtha/docs")
async def documentation(request: Request, parts: PartsOf) -> Response:
    """The API's documentation, readable in a browser."""
    return await _page("docs.html", request, base=_base(parts))


@router.get("/plugins/ophtha/openapi.json")
async def description(request: Request) -> Response:
    """The API's description, for programs."""
    app: FastAPI = request.app
    return JSONResponse(app.openapi())


async def _page(name: str, request: Request, *, base: str | None = None) -> Response:
    if not (_DIST / "index.html").exists():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
    if base is None:
        response = await _static(name, request)
    else:
        response = _moved(name, base)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


async def _static(path: str, request: Request) -> Response:
    response = await _FILES.get_response(path, request.scope)
    if response.status_code == HTTPStatus.NOT_MODIFIED:  # names no type, and Orthanc would be told a wrong one
        response.headers["Content-Type"] = FileResponse(path).headers["Content-Type"]
    return response


def _base(parts: Parts) -> str:
    """Where the files of the pages are; a proxy may have put Orthanc below a path of its own."""
    public_url = parts.configuration.ophtha.public_url or ""
    return f"{urlsplit(public_url).path.rstrip('/')}/plugins/ophtha/app/"


def _moved(name: str, base: str) -> Response:
    """A page served at another place than its files."""
    try:
        text = (_DIST / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise HTTPException(404) from error
    return HTMLResponse(text.replace("<head>", f'<head><base href="{escape(base)}">', 1))
