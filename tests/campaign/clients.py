"""People and machines that use the product all day, each kind as a turn of a few calls."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from tests.campaign.answers import Answers
from tests.campaign.archive import Exhibit
from tests.campaign.routes import MASK
from tests.kit.annotation_service import AnnotationClient
from tests.plugin.service.oct.samples import PREFIX, SAMPLES


@dataclass(frozen=True)
class Clients:
    """What one person works with."""

    orthanc: httpx.Client
    annotator: AnnotationClient
    answers: Answers
    exhibits: Mapping[str, Exhibit]
    chance: random.Random

    def see(self, path: str) -> httpx.Response | None:
        return self.answers.ask(self.orthanc, "GET", path)

    def say(self, path: str, body: object) -> httpx.Response | None:
        return self.answers.ask(self.orthanc, "POST", path, json=body)

    def of(self, kind: str, level: str) -> str:
        return self.exhibits[kind].objects[level]


def view_frames(clients: Clients) -> None:
    """Scroll through an image, one mask in mind."""
    kind = clients.chance.choice(list(clients.exhibits))
    instance, series = clients.of(kind, "instances"), clients.of(kind, "series")
    clients.see(f"/plugins/ophtha/series/{series}/frames")
    clients.see(f"/plugins/ophtha/instances/{instance}/frames/0/image")
    clients.say(f"/plugins/ophtha/instances/{instance}/frames/0/preview", {"MaskPixelData": MASK})


def view_slide(clients: Clients) -> None:
    """Open a slide and fetch its overview."""
    series = clients.of("slide", "series")
    clients.see(f"/plugins/ophtha/series/{series}/slide")
    clients.see(f"/plugins/ophtha/series/{series}/slide/tiles/0/0/0")


def browse(clients: Clients) -> None:
    """Look for studies and jobs, as the pages do."""
    clients.say("/plugins/ophtha/studies/find", {})
    clients.see("/jobs?expand")
    clients.see("/plugins/ophtha/status")
    clients.see("/system")


def mask(clients: Clients) -> None:
    """Mask one image and wait for the copy; it is answered, not stored."""
    instance = clients.of("ct", "instances")
    clients.say(f"/plugins/pixels-masker/instances/{instance}/modify", {"MaskPixelData": MASK, "Force": True})


def mask_study(clients: Clients) -> None:
    """Mask a whole study, look at the copy, remove it."""
    answer = clients.say(
        f"/plugins/pixels-masker/studies/{clients.of('ct', 'studies')}/modify",
        {"MaskPixelData": MASK, "Replace": {"StudyDescription": "Soak"}},
    )
    if answer is not None and answer.status_code == 200:
        clients.answers.figures.jobs += 1
        copy = answer.json()["ID"]
        clients.see(f"/studies/{copy}")
        clients.answers.ask(clients.orthanc, "DELETE", f"/studies/{copy}")


def compute(clients: Clients) -> None:
    """Ask for measurements of the retina."""
    name = clients.chance.choice(_POSTED)
    clients.say(PREFIX + name, SAMPLES[name])
    clients.see(f"/plugins/oct/series/{clients.of('oct', 'series')}/geometry")


def annotate(clients: Clients) -> None:
    """Draw, read back, take away."""
    image = clients.of("slide", "imageinstance")
    body = {"image": int(image), "location": "POLYGON ((2 2, 20 2, 20 20, 2 2))"}
    drawn = clients.answers.ask(clients.annotator, "POST", "/api/annotation.json", json=body)
    clients.answers.ask(clients.annotator, "GET", f"/api/imageinstance/{image}/export.geojson")
    if drawn is not None and drawn.status_code == 200:
        identifier = drawn.json()["annotation"]["id"]
        clients.answers.ask(clients.annotator, "GET", f"/api/annotation/{identifier}/crop.png")
        clients.answers.ask(clients.annotator, "DELETE", f"/api/annotation/{identifier}.json")


def list_images(clients: Clients) -> None:
    """Open a project."""
    project = clients.of("slide", "project")
    for path in ("/api/project.json", "/api/abstractimage.json", f"/api/project/{project}/imageinstance.json"):
        clients.answers.ask(clients.annotator, "GET", path)


_POSTED: Final = tuple(name for name in SAMPLES if name != "get_exam_type")
TURNS: Final[tuple[Callable[[Clients], None], ...]] = (
    view_frames,
    view_slide,
    browse,
    mask,
    mask_study,
    compute,
    annotate,
    list_images,
)
