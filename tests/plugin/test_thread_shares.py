import pytest

from plugin.admission import Admission, AtCapacity, Kind, kind_of
from plugin.thread_shares import ThreadShares, TooFewThreads, thread_count, warning_of


@pytest.mark.parametrize(
    ("threads", "relayed", "places"), [(2, 1, 1), (3, 1, 1), (4, 2, 1), (5, 3, 1), (10, 6, 3), (50, 30, 19)]
)
def test_relayed_requests_and_places_follow_from_the_number_of_threads(threads: int, relayed: int, places: int) -> None:
    shares = ThreadShares.of(threads)
    assert (shares.relayed, shares.places) == (relayed, places)


@pytest.mark.parametrize("threads", range(3, 300))
def test_a_thread_is_left_and_so_is_room_for_short_requests(threads: int) -> None:
    shares = ThreadShares.of(threads)
    assert shares.relayed + shares.places < threads
    assert 1 <= shares.lasting <= shares.relayed
    assert threads < 4 or shares.lasting < shares.relayed


def test_one_thread_is_refused_and_few_are_warned_of() -> None:
    with pytest.raises(TooFewThreads, match="HttpThreadsCount is 1"):
        ThreadShares.of(1)
    assert "HttpThreadsCount is 3" in str(warning_of(3))
    assert warning_of(4) is None


def test_without_the_setting_orthanc_has_fifty_threads() -> None:
    assert thread_count({}) == 50
    with pytest.raises(TooFewThreads):
        thread_count({"HttpThreadsCount": "many"})


@pytest.mark.parametrize(
    ("method", "uri", "kind"),
    [
        ("GET", "/jobs", Kind.SHORT),
        ("POST", "/jobs/x/cancel", Kind.SHORT),
        ("GET", "/plugins/ophtha/status", Kind.SHORT),
        ("DELETE", "/plugins/ophtha/jobs/x", Kind.SHORT),
        ("POST", "/plugins/pixels-masker/studies/x/modify", Kind.JOB),
        ("POST", "/plugins/pixels-masker/instances/x/detect", Kind.JOB),
        ("POST", "/plugins/pixels-masker/series/x/anonymize", Kind.JOB),
        ("GET", "/plugins/pixels-masker/series/x/anonymize", Kind.WORK),
        ("POST", "/plugins/pixels-masker/instances/x/modify", Kind.WORK),
        ("POST", "/plugins/pixels-masker/series/x/hits", Kind.WORK),
        ("GET", "/plugins/ophtha/series/x/frames", Kind.WORK),
    ],
)
def test_only_a_synchronous_masking_may_hold_a_thread_for_long(method: str, uri: str, kind: Kind) -> None:
    assert kind_of(method, uri) is kind


def test_long_requests_leave_room_for_short_ones_and_none_is_let_in_beyond() -> None:
    admission = Admission(ThreadShares(relayed=3, lasting=2, places=1))
    with admission.admit(Kind.JOB), admission.admit(Kind.WORK):
        with pytest.raises(AtCapacity), admission.admit(Kind.WORK):
            pass
        with admission.admit(Kind.SHORT), pytest.raises(AtCapacity), admission.admit(Kind.SHORT):
            pass
        with admission.admit(Kind.SHORT):
            pass
    with admission.admit(Kind.WORK), admission.admit(Kind.WORK):
        pass
