"""What the archive holds when it is fuzzed and under load: a small study of each kind, and something drawn."""

import random
from dataclasses import dataclass
from uuid import uuid4

from tests.campaign.hospital import Hospital
from tests.campaign.hostile.file import written
from tests.campaign.hostile.victims import VICTIMS
from tests.campaign.routes import IMAGES
from tests.kit.annotation_service import AnnotationClient

_DRAWN = 60


@dataclass(frozen=True)
class Exhibit:
    """One image: its identifiers by the word that stands before them in a path."""

    kind: str
    objects: dict[str, str]


def fill(hospital: Hospital, *, seed: int) -> list[Exhibit]:
    """Store one image of each kind, in one project, with annotations."""
    chance = random.Random(seed)
    product = hospital.products[0]
    with hospital.annotator() as annotator, product.client() as client:
        name = f"Campaign {uuid4()}"
        ontology = annotator.add("ontology", name=name)["id"]
        term = annotator.add("term", name="Lesion", ontology=ontology)["id"]
        project = annotator.add("project", name=name, ontology=ontology)["id"]
        exhibits = []
        for kind, make in VICTIMS.items():
            stored = client.post("/instances", content=written(make(chance))).raise_for_status().json()
            objects = {
                "instances": stored["ID"],
                "series": stored["ParentSeries"],
                "studies": stored["ParentStudy"],
                "patients": stored["ParentPatient"],
                "project": str(project),
                **_images(annotator, project, stored["ParentSeries"]),
            }
            objects["annotation"] = objects["userannotation"] = _draw(annotator, objects["imageinstance"], term)
            exhibits.append(Exhibit(kind, objects))
    return exhibits


def _images(annotator: AnnotationClient, project: int, series: str) -> dict[str, str]:
    body = {"Resources": [series]}
    added = annotator.post(f"/api/project/{project}/orthanc.json", json=body).raise_for_status().json()
    image = added["collection"][0]
    found = {"imageinstance": str(image["id"]), "abstractimage": str(image["baseImage"])}
    for name, plane in zip(IMAGES[1::-1], IMAGES[:1:-1], strict=True):
        found[plane] = str(annotator.list(f"{name}/{found[name]}/{plane}.json")[0]["id"])
    return found


def _draw(annotator: AnnotationClient, image: str, term: int) -> str:
    shapes = [f"POLYGON (({x} 1, {x + 3} 1, {x + 3} 9, {x} 1))" for x in range(_DRAWN % 28)]
    drawn = [{"image": int(image), "term": [term], "location": shape} for shape in shapes]
    added = annotator.post("/api/annotation.json", json=drawn).raise_for_status().json()
    first = added["collection"][0] if "collection" in added else added[0]
    return str(first.get("annotation", first)["id"])
