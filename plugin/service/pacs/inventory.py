"""What studies there are: read once from the archive, then kept by its changes, in memory only.

Orthanc finds by one attribute at a time, cannot sort before 1.12, and does not tell that something was deleted: who
looks for what a list shows needs all studies at hand.
"""

import asyncio
import fnmatch
import re
import time
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, cast

from pydantic import JsonValue

from plugin.service.errors import NotFound
from plugin.service.pacs.orthanc import Orthanc

_PAGE: Final = 500
_CHANGES: Final = 1000
_PATIENCE_S: Final = 0.5
"""How long who asks waits for what is just being read."""
_COUNT_EVERY_S: Final = 2.0
_TELLING: Final = re.compile(r"(New|Stable)(Study|Series)")
_GROUPS: Final = ("MainDicomTags", "PatientMainDicomTags")
_Object = dict[str, JsonValue]
_Take = Callable[[_Object], None]


@dataclass(frozen=True, kw_only=True)
class StudyLine:
    """One study as lists show it."""

    id: str
    patient_name: str
    patient_id: str
    date: str
    """YYYYMMDD, or empty."""
    description: str
    accession_number: str
    modalities: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()

    def holds(self, text: str) -> bool:
        """Whether every word of the text is part of what is shown, whatever the case and the accents; ``*`` and ``?``
        stand for others."""
        shown = folded(
            " ".join(
                (
                    self.patient_name,
                    _as_written(self.patient_name),
                    self.patient_id,
                    self.date,
                    f"{self.date[:4]}-{self.date[4:6]}-{self.date[6:]}",
                    self.description,
                    self.accession_number,
                    *self.modalities,
                )
            )
        )
        return all(fnmatch.fnmatchcase(shown, f"*{_literal(word)}*") for word in folded(text).split())


@dataclass(frozen=True, kw_only=True)
class Look:
    """The studies known at a moment."""

    studies: tuple[StudyLine, ...]
    complete: bool
    """Whether these are all there are."""


class StudyInventory:
    """The studies of one Orthanc. Lives in the service's event loop."""

    def __init__(self, orthanc: Orthanc) -> None:
        self._orthanc = orthanc
        self._studies: dict[str, StudyLine] = {}
        self._since: int | None = None
        """The last change that is in; None until all was read once."""
        self._reading: asyncio.Task[None] | None = None
        self._counted_at = 0.0

    async def look(self) -> Look:
        """What is known, as fresh as it can be within half a second. Raises what Orthanc's calls raise."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        done, _ = await asyncio.wait([self._reading], timeout=_PATIENCE_S)
        for task in done:
            task.result()
        return Look(studies=tuple(self._studies.values()), complete=bool(done))

    def forget(self, study_id: str) -> None:
        """It is not there any more."""
        self._studies.pop(study_id, None)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    # -- inside --------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        if self._since is None:
            await self._read_all()
        else:
            await self._follow(self._since)
        await self._compare()

    async def _read_all(self) -> None:
        last = cast("_Object", await self._orthanc.get_json("/changes?last"))
        await self._read_pages("studies", self._take_study)
        await self._read_pages("series", self._take_series)
        self._since = int(cast("int", last["Last"]))

    async def _read_pages(self, level: str, take: _Take) -> None:
        start = 0
        while page := cast(
            "list[_Object]", await self._orthanc.get_json(f"/{level}?since={start}&limit={_PAGE}&expand")
        ):
            for each in page:
                take(each)
            start += len(page)

    async def _follow(self, since: int) -> None:
        """Read anew what has changed."""
        is_done = False
        while not is_done:
            changes = cast("_Object", await self._orthanc.get_json(f"/changes?since={since}&limit={_CHANGES}"))
            changed: dict[str, set[str]] = {"Study": set(), "Series": set()}
            for each in cast("list[dict[str, str]]", changes["Changes"]):
                if match := _TELLING.fullmatch(each["ChangeType"]):
                    changed[match[2]].add(each["ID"])
            await self._read_some(changed["Study"], "studies", self._take_study)
            await self._read_some(changed["Series"], "series", self._take_series)
            since, is_done = int(cast("int", changes["Last"])), bool(changes["Done"])
            self._since = since

    async def _read_some(self, ids: Iterable[str], level: str, take: _Take) -> None:
        for each in ids:
            with suppress(NotFound):  # gone already
                take(cast("_Object", await self._orthanc.get_json(f"/{level}/{each}")))

    async def _compare(self) -> None:
        """Orthanc tells no deletions: where the numbers differ, see which ids are there."""
        if time.monotonic() - self._counted_at < _COUNT_EVERY_S:
            return
        statistics = cast("_Object", await self._orthanc.get_json("/statistics"))
        if statistics["CountStudies"] != len(self._studies):
            there = set(cast("list[str]", await self._orthanc.get_json("/studies")))
            for gone in self._studies.keys() - there:
                del self._studies[gone]
            await self._read_some(there - self._studies.keys(), "studies", self._take_study)
        self._counted_at = time.monotonic()

    def _take_study(self, study: _Object) -> None:
        tags, patient = (cast("dict[str, str]", study.get(group) or {}) for group in _GROUPS)
        known = self._studies.get(str(study["ID"]))
        self._studies[str(study["ID"])] = StudyLine(
            id=str(study["ID"]),
            patient_name=patient.get("PatientName", ""),
            patient_id=patient.get("PatientID", ""),
            date=tags.get("StudyDate", ""),
            description=tags.get("StudyDescription", ""),
            accession_number=tags.get("AccessionNumber", ""),
            modalities=frozenset() if known is None else known.modalities,
            series=frozenset(cast("list[str]", study.get("Series") or [])),
        )

    def _take_series(self, series: _Object) -> None:
        study = self._studies.get(str(series["ParentStudy"]))
        modality = cast("dict[str, str]", series.get("MainDicomTags") or {}).get("Modality", "")
        if study is not None:
            self._studies[study.id] = replace(
                study, modalities=study.modalities | {modality} - {""}, series=study.series | {str(series["ID"])}
            )


def _literal(word: str) -> str:
    """With brackets that stand for themselves."""
    return word.replace("[", "[[]")


def folded(text: str) -> str:
    """Without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


def _as_written(name: str) -> str:
    """``DOE^JANE^M`` as the pages write it, in each of its spellings."""
    written = []
    for spelling in name.split("="):
        family, _, others = spelling.partition("^")
        given = " ".join(part for part in others.split("^")[:2] if part)
        written.append(f"{family}, {given}" if family and given else family or given)
    return " ".join(written)
