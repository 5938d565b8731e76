"""New identifiers of a job: a keyed function of the old ones.

Every worker, and every execution of the same task, arrives at the same values; without the key nobody can go back
from a new identifier to the old one, not even by trying all likely old ones. The key is dropped with the plan.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

_KEY_BYTES = 32
_FINGERPRINT_BYTES = 8


@dataclass(frozen=True)
class SecretKey:
    """Random key of one job."""

    value: bytes = field(repr=False)

    @classmethod
    def random(cls) -> "SecretKey":
        return cls(secrets.token_bytes(_KEY_BYTES))

    def uid(self, old: str) -> str:
        """The UID that takes the place of ``old``: a UUID-derived one (PS3.5 B.2)."""
        return f"2.25.{self._uuid('uid', old).int}"

    def patient_id(self, old: str) -> str:
        """The anonymous PatientID for ``old``, of the form Orthanc invents."""
        return str(self._uuid("patient", old))

    def _uuid(self, purpose: str, old: str) -> UUID:
        # Surrounding blanks are padding to Orthanc and to DICOM.
        message = f"{purpose}\0{old.strip(' ')}".encode("utf-8", "surrogateescape")
        return UUID(bytes=hmac.digest(self.value, message, "sha256")[:16], version=4)


@dataclass(frozen=True)
class UidSet:
    """Set of UIDs kept as 8-byte fingerprints: it travels with every task, whatever the number of instances."""

    fingerprints: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, uids: Iterable[str]) -> "UidSet":
        return cls(frozenset(_fingerprint(uid) for uid in uids))

    def __contains__(self, uid: str) -> bool:
        return _fingerprint(uid) in self.fingerprints

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return _unpack, (b"".join(self.fingerprints),)


@dataclass(frozen=True)
class Identity:
    """How identifiers change in one job.

    ``given`` maps old study and series UIDs to the new ones (also where a client chose them), ``instances`` are the old
    SOPInstanceUIDs that change to ``key.uid(old)``.
    """

    key: SecretKey
    given: Mapping[str, str]
    instances: UidSet
    patient_name: str | None = None
    """Anonymous PatientName of the job, None where the core chooses none."""

    def reference(self, old: str) -> str | None:
        """New value of a reference to something this job renews, None for any other UID."""
        new = self.given.get(old)
        if new is not None:
            return new
        return self.key.uid(old) if old in self.instances else None


def orthanc_id(*identifiers: str) -> str:
    """Orthanc's identifier of a resource: a SHA-1 of PatientID, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID,
    as many of them as its level has."""
    digest = hashlib.sha1("|".join(each.strip() for each in identifiers).encode()).hexdigest()
    return "-".join(digest[start : start + 8] for start in range(0, 40, 8))


def _fingerprint(uid: str) -> bytes:
    return hashlib.sha256(uid.encode("utf-8", "surrogateescape")).digest()[:_FINGERPRINT_BYTES]


def _unpack(packed: bytes) -> UidSet:
    size = _FINGERPRINT_BYTES
    return UidSet(frozenset(packed[start : start + size] for start in range(0, len(packed), size)))
