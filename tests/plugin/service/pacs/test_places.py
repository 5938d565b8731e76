import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin.service.pacs.places import NoPlace, Place, Places
from tests.kit.conditions import wait_until


def is_granted(place: Place) -> bool:
    try:
        place.wait(0)
    except NoPlace:
        return False
    return True


def test_no_more_are_granted_than_there_are() -> None:
    places = Places(3)
    taken = [places.enter() for _ in range(5)]
    assert [is_granted(each) for each in taken] == [True, True, True, False, False]
    taken[1].leave()
    assert is_granted(taken[3])
    assert not is_granted(taken[4])


@pytest.mark.parametrize(("number", "for_jobs"), [(1, 1), (2, 1), (3, 2), (19, 15)])
def test_jobs_leave_places_to_clients_where_there_are_several(number: int, for_jobs: int) -> None:
    places = Places(number)
    tasks = [places.enter(for_job=True) for _ in range(number + 1)]
    assert sum(map(is_granted, tasks)) == for_jobs
    for _ in range(number - for_jobs):
        assert is_granted(places.enter())


def test_a_client_comes_before_a_job_that_asked_just_before_it() -> None:
    places = Places(1)
    held = places.enter(for_job=True)
    job, client = places.enter(for_job=True), places.enter()
    held.leave()
    assert is_granted(client)
    assert not is_granted(job)
    client.leave()
    assert is_granted(job)


def test_clients_do_not_keep_a_job_waiting_for_ever() -> None:
    places = Places(1)
    held, job = places.enter(), places.enter(for_job=True)
    clients = 0

    def job_has_its_turn() -> bool:
        nonlocal held, clients
        following = places.enter()
        held.leave()
        held = following
        clients += 1
        return is_granted(job)

    wait_until(job_has_its_turn, what="turn of the job")
    assert clients > 1


def test_who_stops_waiting_takes_no_place() -> None:
    places = Places(1)
    held, impatient, other = places.enter(), places.enter(), places.enter()
    with pytest.raises(NoPlace):
        impatient.wait(0.01)
    impatient.leave()
    held.leave()
    assert is_granted(other)


def test_a_request_that_is_given_up_while_it_waits_takes_no_place() -> None:
    async def scenario() -> None:
        places = Places(1)
        held = places.enter()
        place = places.enter()
        waiting = asyncio.create_task(place.granted(None))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        place.leave()
        held.leave()
        assert is_granted(places.enter())

    asyncio.run(scenario())


def test_threads_share_the_places() -> None:
    places = Places(2)
    inside: list[int] = []
    most = 0

    def work(number: int) -> None:
        nonlocal most
        with places.held():
            inside.append(number)
            most = max(most, len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(200)))
    assert most <= 2
    assert all(is_granted(each) for each in [places.enter(), places.enter()])
