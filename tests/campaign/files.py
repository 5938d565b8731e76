"""Every hostile file against every route that reads files: each call is answered, and the service stays what it was."""

import io
import random
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping

import httpx

from tests.campaign.answers import Answers
from tests.campaign.figures import Figures
from tests.campaign.hospital import Hospital, open_hospital, start
from tests.campaign.hostile import HostileFile, hostile_files
from tests.campaign.hostile.victims import PATIENT_NAME, WRONG_NUMBER
from tests.campaign.options import Options, Part
from tests.campaign.routes import IMAGES, Description, Objects, readings
from tests.kit.conditions import wait_until

_JOBS_AT_ONCE = 8
_MEMORY_LIMIT_MB = 4096.0


def run(options: Options) -> Iterator[tuple[str, Figures]]:
    """All files in a random order, until they or the seconds are over."""
    files = list(hostile_files(options.seed))
    random.Random(options.seed).shuffle(files)
    with open_hospital() as hospital:
        yield Part.FILES, against(hospital, files, seconds=options.seconds_of(Part.FILES))


def against(hospital: Hospital, files: Iterable[HostileFile], *, seconds: float) -> Figures:
    """The given files, one after the other."""
    figures = Figures()
    trial = _Trial(hospital, Answers(figures))
    service = hospital.products[0].service_process()
    deadline = time.monotonic() + seconds
    tried = 0
    for file in files:
        if time.monotonic() > deadline:
            figures.not_done.append(f"files after the first {tried}: the seconds were over")
            break
        try:
            trial.meet(file)
        except httpx.TransportError as error:
            figures.errors.append(f"{type(error).__name__}: {file.name}")
            _revive(hospital, figures, file)
        tried += 1
        figures.memory_mb = max(figures.memory_mb, hospital.memory_mb())
        if not service.is_running():
            figures.errors.append(f"the service ended: {file.name}")
            wait_until(hospital.answers, what="another service", timeout_s=120)
            service = hospital.products[0].service_process()
    trial.finish()
    figures.notes.append(f"{tried} files, of which Orthanc refused {trial.refused}")
    figures.jobs = trial.jobs
    if figures.memory_mb > _MEMORY_LIMIT_MB:
        figures.errors.append(f"the service and its workers took {figures.memory_mb:.0f} MB")
    log = hospital.logs()
    for value in (PATIENT_NAME.partition("^")[2], WRONG_NUMBER):
        if value in log:
            figures.errors.append(f"a value of a file is in the log: {value}")
    return figures


def _revive(hospital: Hospital, figures: Figures, file: HostileFile) -> None:
    [product] = hospital.products
    if not product.is_running():
        figures.errors.append(f"Orthanc ended: {file.name}")
        start(product)
    wait_until(hospital.answers, what="Orthanc and the service", timeout_s=120)


class _Trial:
    """The state of a run over files."""

    def __init__(self, hospital: Hospital, answers: Answers) -> None:
        self._hospital = hospital
        self._answers = answers
        self._orthanc = hospital.products[0].client()
        self._annotator = hospital.annotator()
        self._project = str(self._annotator.add("project", name="Hostile", ontology=self._ontology())["id"])
        self._storage = self._annotator.add("storage", name="Hostile")["id"]
        self._description: Description = self._orthanc.get("/plugins/ophtha/openapi.json").json()
        self.refused = 0
        self.jobs = 0

    def meet(self, file: HostileFile) -> None:
        """Upload the file by each way there is, and ask everything about it."""
        self._answers.about = file.name
        self._upload(file)
        stored = self._orthanc.post("/instances", content=file.content)
        if stored.status_code != 200:
            self.refused += 1
        else:
            self._ask_everything(stored.json())
        for patient in self._orthanc.get("/patients").json():
            self._orthanc.delete(f"/patients/{patient}")

    def finish(self) -> None:
        """Every job ends, and Orthanc still answers."""
        states = self._unfinished()
        if states:
            with_states = wait_until(lambda: not self._unfinished(), what="end of jobs", timeout_s=180)
            assert with_states
        self._answers.ask(self._orthanc, "GET", "/system")
        self._annotator.close()
        self._orthanc.close()

    def _upload(self, file: HostileFile) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("one.dcm", file.content)
            archive.writestr("../two.dcm", file.content)
        for name, content in (("one.dcm", file.content), ("both.zip", packed.getvalue())):
            path = f"/upload?storage={self._storage}&projects={self._project}"
            self._answers.ask(self._annotator, "POST", path, files={"files[]": (name, content)})

    def _ask_everything(self, stored: Mapping[str, str]) -> None:
        objects = {
            "instances": stored["ID"],
            "series": stored["ParentSeries"],
            "studies": stored["ParentStudy"],
            "patients": stored["ParentPatient"],
            "project": self._project,
            **self._images(stored["ParentSeries"]),
        }
        for reading in readings(self._description, objects):
            client = self._annotator if reading.path.startswith("/api") else self._orthanc
            if reading.path == "/plugins/registration/jobs" and reading.method == "POST":
                wait_until(lambda: self._unfinished() < _JOBS_AT_ONCE, what="end of jobs", timeout_s=180)
                self.jobs += 1
            self._answers.ask(
                client, reading.method, reading.path, json=reading.body if reading.method == "POST" else None
            )

    def _images(self, series: str) -> Objects:
        """Identifiers of the annotation platform for what came of a series, as many as there are."""
        found: dict[str, str] = {}
        answer = self._answers.ask(
            self._annotator, "POST", f"/api/project/{self._project}/orthanc.json", json={"Resources": [series]}
        )
        images = answer.json()["collection"] if answer is not None and answer.status_code == 200 else []
        if not images:
            return found
        found["imageinstance"], found["abstractimage"] = str(images[0]["id"]), str(images[0]["baseImage"])
        for image, plane in zip(IMAGES[:2], IMAGES[2:], strict=True):
            planes = _collection(self._annotator.get(f"/api/{image}/{found[image]}/{plane}.json"))
            if planes:
                found[plane] = str(planes[0]["id"])
        body = {"image": images[0]["id"], "location": "POLYGON ((1 1, 9 1, 9 9, 1 1))"}
        drawn = self._answers.ask(self._annotator, "POST", "/api/annotation.json", json=body)
        if drawn is not None and drawn.status_code == 200:
            found["annotation"] = found["userannotation"] = str(drawn.json()["annotation"]["id"])
        return found

    def _ontology(self) -> int:
        return int(self._annotator.add("ontology", name="Hostile")["id"])

    def _unfinished(self) -> int:
        jobs = self._orthanc.get("/plugins/ophtha/jobs?expand")
        if jobs.status_code != 200:
            return _JOBS_AT_ONCE
        return sum(job["State"] in ("Pending", "Running", "Paused") for job in jobs.json())


def _collection(answer: httpx.Response) -> list[dict[str, object]]:
    if answer.status_code != 200:
        return []
    found: list[dict[str, object]] = answer.json().get("collection", [])
    return found
