"""The worker's part of ``detect``: look at source instances, say what was found in each."""

from dataclasses import dataclass

from ophtha_core.dicom.reading import read_dataset
from ophtha_core.errors import UnreadableImage
from plugin.service.jobs.deadline import worker_deadline
from plugin.service.jobs.task import TaskControl
from plugin.service.pacs.borrowing import OrthancDesk
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pixels_masker.find.look import Look, NotExamined, Outcome, look_limit_s
from plugin.service.pixels_masker.source import SourceInstance
from plugin.service.pixels_masker.transcoding import body_of


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A look at instances of an Orthanc."""

    desk: OrthancDesk
    look: Look

    def __call__(self, control: TaskControl, instances: tuple[SourceInstance, ...]) -> list[Outcome]:
        """Look at a few instances. Raises OrthancAway."""
        return self.of(instances)

    def of(self, instances: tuple[SourceInstance, ...]) -> list[Outcome]:
        """Look at a few instances. Raises OrthancAway."""
        with self.desk.connection() as orthanc:
            return [self._examine(orthanc, each) for each in instances]

    def _examine(self, orthanc: OrthancConnection, instance: SourceInstance) -> Outcome:
        try:
            file = body_of(orthanc.get(f"/instances/{instance.instance_id}/file"))
            with worker_deadline(look_limit_s(instance.size_bytes)):
                return self.look.at(instance.instance_id, read_dataset(file))
        except UnreadableImage as error:
            return NotExamined(instance_id=instance.instance_id, reason=str(error))
