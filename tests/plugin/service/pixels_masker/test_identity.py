"""New identifiers are a keyed function of the old ones."""

import pickle
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from plugin.service.pixels_masker.identity import Identity, SecretKey, UidSet, orthanc_id

uids = st.from_regex(r"[12]\.[0-9]{1,3}(\.[1-9][0-9]{0,9}){1,4}", fullmatch=True)


@given(uid=uids, key=st.binary(min_size=32, max_size=32))
def test_every_worker_arrives_at_the_same_valid_uid(uid: str, key: bytes) -> None:
    new = SecretKey(key).uid(uid)
    assert UID(new).is_valid
    assert new == SecretKey(key).uid(uid + " ")
    assert UUID(int=int(new.removeprefix("2.25."))).version == 4


@given(first=uids, second=uids)
def test_different_uids_stay_different(first: str, second: str) -> None:
    key = SecretKey.random()
    assert (key.uid(first) == key.uid(second)) == (first == second)


@given(uid=uids)
def test_another_key_gives_another_uid(uid: str) -> None:
    assert SecretKey.random().uid(uid) != SecretKey.random().uid(uid)


def test_the_key_shows_in_no_representation() -> None:
    key = SecretKey(b"\x01" * 32)
    assert "\\x01" not in repr(key)
    assert "\\x01" not in repr(Identity(key=key, given={}, instances=UidSet()))


def test_patient_ids_look_like_orthancs() -> None:
    key = SecretKey.random()
    assert str(UUID(key.patient_id("P-1"))) == key.patient_id("P-1")
    assert key.patient_id("P-1") != key.patient_id("P-2")


@given(members=st.lists(uids, max_size=20), stranger=uids)
def test_a_set_of_uids_survives_the_way_to_a_worker(members: list[str], stranger: str) -> None:
    carried = pickle.loads(pickle.dumps(UidSet.of(members)))
    assert all(each in carried for each in members)
    assert (stranger in carried) == (stranger in members)


@given(uid=uids, other=uids)
def test_only_what_the_job_renews_is_a_reference(uid: str, other: str) -> None:
    key = SecretKey.random()
    identity = Identity(key=key, given={"1.2.3": "1.2.4"}, instances=UidSet.of([uid]))
    assert identity.reference(uid) == key.uid(uid)
    assert identity.reference("1.2.3") == "1.2.4"
    if other not in (uid, "1.2.3"):
        assert identity.reference(other) is None


def test_orthanc_ids_are_computed_as_orthanc_does() -> None:
    # Read from Orthanc 1.10.1.
    assert orthanc_id("p1") == "b78f5766-11ec06f9-6af3ca65-4c22172a-5d746c40"
