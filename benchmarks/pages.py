"""Sizes of the pages and how fast they are there: ``python -m benchmarks.pages``.

First paint is the browser's own ``first-contentful-paint``; ready is when the page says so (``data-state``). Both count
from the beginning of the navigation.
"""

import gzip
import re
import tempfile
from pathlib import Path

from plugin.standalone import demo
from tests.kit.browser import SIZE, Tab, chromium
from tests.kit.conditions import wait_until
from tests.kit.demo_archive import DemoArchive
from tests.kit.product import Product

_DIST = Path(__file__).parents[1] / "plugin/service/ui/dist"
_LIMITS_KB = {"registration": 450}
_LIMIT_KB = 150
_NEVER_LOADED = ("blosc", "lz4", "zstd")
"""Codecs of zarr volumes: NiiVue would fetch them when it opens one, which no page does."""
_FILES = {"comparison": "registration"}
_FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_CHEST_DATES = ("20260105", "20260706")
_NOTE_STATES = """
window.reached = {};
new MutationObserver(() => (window.reached[document.body?.dataset.state] ??= performance.now())).observe(document, {
  attributes: true, attributeFilter: ["data-state"], subtree: true });
"""
_READY = "state => window.reached[state]"
_PAGES = ("index", "mask", "oct", "registration", "comparison", "slide")
"""``comparison`` is the registration page with a result: two volumes in three planes."""


def main() -> None:
    print(f"{'page':<14}{'gzip kB':>9}{'limit':>7}{'first paint ms':>16}{'ready ms':>10}")
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder)) as product, chromium() as browser:
        product.wait_for_workers()
        addresses = _addresses(_demo_archive(product))
        for page in _PAGES:
            query, state = addresses[page]
            with browser.new_context(viewport=SIZE, bypass_csp=True) as context:
                tab = Tab(context, product)
                tab.open("index.html")  # the browser has started, nothing of the page itself is cached
                context.add_init_script(_NOTE_STATES)
                tab.page.goto(f"{product.url}/plugins/ophtha/app/{_FILES.get(page, page)}.html{query}")
                ready_ms = float(tab.page.wait_for_function(_READY, arg=state, polling=100).json_value())
                paint_ms = float(tab.page.wait_for_function(_FIRST_PAINT).json_value())
            size_kb = bundle_kb(_FILES.get(page, page))
            limit_kb = _LIMITS_KB.get(_FILES.get(page, page), _LIMIT_KB)
            print(f"{page:<14}{size_kb:>9.0f}{limit_kb:>7}{paint_ms:>16.0f}{ready_ms:>10.0f}")


def bundle_kb(page: str) -> float:
    """Gzipped size of a page with every script and style it can load, in kB."""
    waiting, seen = [f"{page}.html"], set()
    total = 0
    while waiting:
        name = waiting.pop()
        path = _DIST / name
        if name in seen or not path.is_file() or path.name.startswith(_NEVER_LOADED):
            continue
        seen.add(name)
        content = path.read_bytes()
        total += len(gzip.compress(content))
        text = content.decode("utf-8", "replace")
        waiting += [f"assets/{found}" for found in re.findall(r"[\w-]+\.(?:js|css)\b", text)]
    return total / 1000


def _demo_archive(product: Product) -> DemoArchive:
    """What `make run` stores on its first start."""
    with product.client() as client:
        demo.store(client)
    return DemoArchive(product)


def _addresses(archive: DemoArchive) -> dict[str, tuple[str, str]]:
    [reference], [floating] = (archive.find(PatientID="CHEST-1", StudyDate=date) for date in _CHEST_DATES)
    return {
        "index": ("", "ready"),
        "mask": (f"?series={archive.series('CT')}", "ready"),
        "oct": (f"?study={archive.study_of(archive.series('OPT'))}", "ready"),
        "registration": (f"?ref={reference}&flo={floating}", "empty"),
        "comparison": (f"?job={_registration(archive.product, reference, floating)}", "ready"),
        "slide": (f"?series={archive.series('SM')}", "ready"),
    }


def _registration(product: Product, reference: str, floating: str) -> str:
    order = {"ReferenceSeries": reference, "FloatingSeries": floating}
    job: str = product.post("/plugins/registration/jobs", json=order).json()["ID"]
    wait_until(
        lambda: product.get(f"/plugins/ophtha/jobs/{job}").json()["State"] == "Success",
        what="end of the registration",
        timeout_s=120,
    )
    return job


if __name__ == "__main__":
    main()
