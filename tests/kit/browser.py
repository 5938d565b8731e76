"""A browser tab that notices what a person would not: script errors, console errors, requests to other places."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.kit.conditions import wait_until
from tests.kit.product import Product

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
WITHOUT_GL = ("--no-sandbox", "--disable-gpu", "--disable-3d-apis")
SIZE = {"width": 1280, "height": 720}
_READY_TIMEOUT_MS = 60_000
_PATIENTS = re.compile("doe|jane|phantom|hostile", re.IGNORECASE)
"""Parts of the names and numbers of every patient that tests store."""
expect.set_options(timeout=_READY_TIMEOUT_MS)  # on a busy machine the usual 5 s are no sign of a fault
_AXE = Path(__file__).parents[2] / "plugin/service/ui/web/node_modules/axe-core/axe.min.js"


def chromium_missing() -> str | None:
    """Why no page can be shown on this machine; None when one can."""
    return None if Path(CHROMIUM).exists() else "Debian's package chromium is not installed"


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(arguments or ARGUMENTS))
        yield browser
        browser.close()


class Tab:
    """One tab of a browser on the product's pages. ``page`` is Playwright's."""

    def __init__(self, context: BrowserContext, product: Product) -> None:
        self.page: Page = context.new_page()
        self.product = product
        self.complaints: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        self.page.on("console", self._listen)
        self.page.on("request", self._watch)

    def open(self, address: str, *, state: str = "ready") -> Page:
        """Open a page of the app by its file name and query, and wait for its state."""
        self.page.goto(f"{self.product.url}/plugins/ophtha/app/{address}")
        self.wait_for_state(state)
        return self.page

    def wait_for_state(self, state: str) -> None:
        expect(self.page.locator("body")).to_have_attribute("data-state", state, timeout=_READY_TIMEOUT_MS)

    def show_at_double_size(self) -> None:
        """Halve the window, as magnifying the page to 200 % would; nothing may lie beside it."""
        width = SIZE["width"] // 2
        self.page.set_viewport_size({"width": width, "height": SIZE["height"] // 2})
        widest = "document.documentElement.scrollWidth"
        wait_until(lambda: self.page.evaluate(widest) <= width, what=f"a page no wider than {width} pixels")

    def serious_findings(self) -> list[str]:
        """What axe calls serious or critical."""
        self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {node['html'][:160]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    def undocumented(self) -> list[str]:
        """Requests that no route of openapi.json describes."""
        paths = self.product.get("/plugins/ophtha/openapi.json").json()["paths"]
        known = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "/?"), {method.upper() for method in methods})
            for path, methods in paths.items()
        ]
        return [
            f"{method} {path}"
            for method, path in self.asked
            if not any(pattern.fullmatch(path) and method in methods for pattern, methods in known)
        ]

    def forgive(self, pattern: str) -> None:
        """Drop complaints that a test has provoked on purpose."""
        self.complaints = [each for each in self.complaints if not re.search(pattern, each)]

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "GPU stall due to ReadPixels" not in message.text:
            place = (message.location or {}).get("url", "")
            self.complaints.append(f"console {message.type}: {message.text} ({place})")

    def _watch(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("data", "blob"):
            return
        if _PATIENTS.search(unquote(request.url)):
            self.complaints.append(f"patient data in an address: {request.url}")
        if f"{url.scheme}://{url.netloc}" != self.product.url:
            self.complaints.append(f"request to another origin: {request.url}")
        elif "/plugins/ophtha/app/" not in url.path and not url.path.startswith("/app/"):
            self.asked.append((request.method, url.path))


def as_json(value: object) -> str:
    """For scripts run in the page."""
    return json.dumps(value)
