"""What a job will do, decided and recorded before it begins: a restart goes on with the same plan."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import cast

from plugin.service.jobs import JsonObject
from plugin.service.pixels_masker.identity import Identity, SecretKey, UidSet, orthanc_id
from plugin.service.pixels_masker.payload import SERIES_UID, SOP_UID, STUDY_UID, Action, IdentifierRules, Level
from plugin.service.pixels_masker.rewriting import Rewriting, SourceIds
from plugin.service.pixels_masker.source import Source, SourceInstance, SourceSeries


class Stage(StrEnum):
    """How far a job is; from ``REMOVING_SOURCES`` on there is no way back, and none is needed."""

    STORING = "storing"
    REMOVING_SOURCES = "removing sources"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What the copy of a source instance will be; ``instance_id`` is Orthanc's identifier of the copy."""

    study_uid: str
    series_uid: str
    sop_uid: str
    instance_id: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The source, the key of all new identifiers, and what only the core could tell in advance."""

    source: Source
    key: SecretKey
    patient_id: str
    """PatientID of the copies."""
    patient_name: str | None
    """Anonymous PatientName of the copies; None where the core chooses none."""
    stage: Stage = Stage.STORING
    copies: Mapping[str, str] | None = None
    """Source instance and its verified copy, once sources are being removed."""
    content: JsonObject | None = None
    """Result of the job, once sources are being removed."""
    described_by: tuple[str, ...] = ()
    """One copy of each series, once sources are being removed: what Orthanc then lists is read from them."""

    def removing_sources(
        self, copies: Mapping[str, str], content: JsonObject, *, described_by: tuple[str, ...] = ()
    ) -> "Plan":
        """The plan at the point of no return."""
        return replace(self, stage=Stage.REMOVING_SOURCES, copies=copies, content=content, described_by=described_by)

    def rewriting(self, rules: IdentifierRules) -> Rewriting:
        """What is done to the identifiers of each instance."""
        given: dict[str, str] = {}
        for series in self.source.series:
            for tag, old in ((STUDY_UID, series.study_uid), (SERIES_UID, series.series_uid)):
                if tag in rules.replaced:
                    given[old] = rules.replaced[tag]
                elif rules.renews(tag):
                    given[old] = self.key.uid(old)
        renewed = UidSet.of(each.sop_uid for each in self.source.instances) if rules.renews(SOP_UID) else UidSet()
        if SOP_UID in rules.replaced:
            given.update({each.sop_uid: rules.replaced[SOP_UID] for each in self.source.instances})
        return Rewriting(
            identity=Identity(key=self.key, given=given, instances=renewed, patient_name=self.patient_name),
            anonymizes=rules.action is Action.ANONYMIZE,
            chosen=rules.chosen,
            kept=rules.kept_anywhere,
        )

    def planned(self, instance: SourceInstance, rewriting: Rewriting) -> Planned:
        """What the copy of an instance will be."""

        def new(old: str) -> str:
            return rewriting.identity.reference(old) or old

        study, series, sop = new(instance.series.study_uid), new(instance.series.series_uid), new(instance.sop_uid)
        return Planned(
            study_uid=study,
            series_uid=series,
            sop_uid=sop,
            instance_id=orthanc_id(self.patient_id, study, series, sop),
        )

    def to_json(self) -> JsonObject:
        """For the job's record."""
        series = self.source.series
        index = {each.series_id: number for number, each in enumerate(series)}
        return {
            "level": self.source.level.value,
            "resource": self.source.resource_id,
            "source_patient_id": self.source.patient_id,
            "series": [asdict(each) for each in series],
            "instances": [
                [each.instance_id, each.sop_uid, each.size_bytes, index[each.series.series_id]]
                for each in self.source.instances
            ],
            "key": self.key.value.hex(),
            "patient_id": self.patient_id,
            "patient_name": self.patient_name,
            "stage": self.stage.value,
            "copies": None if self.copies is None else dict(self.copies),
            "content": self.content,
            "described_by": list(self.described_by),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, object]) -> "Plan":
        """Back from the job's record."""
        series = [SourceSeries(**each) for each in cast("list[dict[str, str]]", record["series"])]
        rows = cast("list[tuple[str, str, int, int]]", record["instances"])
        return cls(
            source=Source(
                level=Level(cast("str", record["level"])),
                resource_id=cast("str", record["resource"]),
                patient_id=cast("str", record["source_patient_id"]),
                instances=tuple(
                    SourceInstance(instance_id=instance, sop_uid=uid, size_bytes=size, series=series[number])
                    for instance, uid, size, number in rows
                ),
            ),
            key=SecretKey(bytes.fromhex(cast("str", record["key"]))),
            patient_id=cast("str", record["patient_id"]),
            patient_name=cast("str | None", record["patient_name"]),
            stage=Stage(cast("str", record["stage"])),
            copies=cast("dict[str, str] | None", record["copies"]),
            content=cast("JsonObject | None", record["content"]),
            described_by=tuple(cast("list[str]", record.get("described_by", []))),
        )


def source_ids(instance: SourceInstance) -> SourceIds:
    """Identifiers of an instance before the job."""
    return SourceIds(
        study_uid=instance.series.study_uid, series_uid=instance.series.series_uid, sop_uid=instance.sop_uid
    )
