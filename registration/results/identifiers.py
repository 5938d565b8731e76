"""UIDs of the results. Derived from the job, so that a job that runs twice stores the same instances once."""

from dataclasses import dataclass

from pydicom.uid import UID, generate_uid


@dataclass(frozen=True)
class Identifiers:
    """All UIDs that belong to ``seed``, for example the identifier of the job."""

    seed: str

    @property
    def series(self) -> UID:
        return self._derived("series")

    @property
    def registration_series(self) -> UID:
        return self._derived("registration series")

    @property
    def spatial_registration(self) -> UID:
        return self._derived("spatial registration")

    @property
    def deformable_registration(self) -> UID:
        return self._derived("deformable spatial registration")

    def slice(self, number: int) -> UID:
        """SOP Instance UID of slice ``number``, counted from 1."""
        return self._derived(f"slice {number}")

    def _derived(self, purpose: str) -> UID:
        # The rule of version 0.1.0, whose jobs are still to be found and undone.
        return generate_uid(entropy_srcs=[self.seed, purpose])
