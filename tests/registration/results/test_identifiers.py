"""Which instances belong to a job follows from its identifier, in every version."""

from registration.results.identifiers import Identifiers

JOB = "6c4e6c3a-8f2b-4bd0-8a33-0c8d3b1c2f11"


def test_what_version_0_1_0_stored_of_a_job_is_found_again() -> None:
    assert Identifiers(JOB).series == "1.2.826.0.1.3680043.8.498.90452149613910154672332853671122977602"


def test_no_two_objects_share_an_identifier() -> None:
    known = Identifiers(JOB)
    others = (known.registration_series, known.spatial_registration, known.deformable_registration)
    uids = [known.series, *others, *(known.slice(number) for number in range(1, 4)), Identifiers("another").series]
    assert len(set(uids)) == len(uids)
