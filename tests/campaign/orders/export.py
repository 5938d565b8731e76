"""Export of a project: an archive made by a job, and DICOM objects stored back."""

import json
import zipfile
from dataclasses import dataclass
from io import BytesIO

from tests.campaign.orders.order import JobView, Outcome
from tests.kit.annotation_service import AnnotationClient
from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

_SIDE = 64


@dataclass
class ExportOrder:
    """Exports the annotations of one image."""

    job: str
    instances: frozenset[str]
    annotations: int
    annotator: AnnotationClient
    project: int
    may_fail: bool = False

    @classmethod
    def give(cls, product: Product, annotator: AnnotationClient, *, name: str, annotations: int) -> "ExportOrder":
        """Draw on an image of its own and order the export."""
        [dataset] = slices(StudyIds(patient_id=name), 1, rows=_SIDE, columns=_SIDE)
        dataset.SliceThickness = "2"
        [source] = product.upload([to_bytes(dataset)])
        ontology = annotator.add("ontology", name=name)["id"]
        term = annotator.add("term", name="Lesion", ontology=ontology)["id"]
        project = annotator.add("project", name=name, ontology=ontology)["id"]
        added = annotator.post(f"/api/project/{project}/orthanc.json", json={"Resources": [source]}).raise_for_status()
        image = added.json()["collection"][0]["id"]
        drawn = [{"image": image, "term": [term], "location": _square(number)} for number in range(annotations)]
        annotator.post("/api/annotation.json", json=drawn).raise_for_status()
        stored = annotator.post(f"/api/imageinstance/{image}/export/dicom", json={})
        assert stored.status_code == 200, stored.text
        job = annotator.post(f"/api/project/{project}/export.json", json={}).raise_for_status().json()["job"]
        instances = frozenset({source, *stored.json()["instances"].values()})
        return cls(job, instances, annotations, annotator, project)

    def outcome(self, product: Product, view: JobView) -> Outcome:
        if view["State"] != "Success":
            return Outcome(self.instances)
        answer = wait_until(self._archive, what="the archive", timeout_s=60)
        with zipfile.ZipFile(BytesIO(answer)) as archive:
            [name] = [each for each in archive.namelist() if each.endswith(".geojson")]
            features = json.loads(archive.read(name))["features"]
        faults = [] if len(features) == self.annotations else [f"{len(features)} of {self.annotations} exported"]
        return Outcome(self.instances, missing=max(0, self.annotations - len(features)), faults=faults)

    def _archive(self) -> bytes:
        answer = self.annotator.get(f"/api/project/{self.project}/export/{self.job}.zip")
        return answer.content if answer.status_code == 200 else b""


def _square(number: int) -> str:
    x, y = number % (_SIDE - 4), number // (_SIDE - 4) % (_SIDE - 4)
    return f"POLYGON (({x} {y}, {x + 3} {y}, {x + 3} {y + 3}, {x} {y + 3}, {x} {y}))"
