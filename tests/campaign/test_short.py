"""The campaign in short: a little of each part, on one product, with the same judgement."""

import random
from collections.abc import Iterator

import pytest

from tests.campaign import chaos, files, fuzz, soak
from tests.campaign.faults import faults_of
from tests.campaign.figures import Figures
from tests.campaign.hospital import Hospital, Plan, open_hospital
from tests.campaign.hostile import hostile_files

_SEED = 20
_FAMILY_SHARE = 2
"""Files of each family."""


@pytest.fixture(scope="module")
def hospital(orthanc_installed: None) -> Iterator[Hospital]:
    with open_hospital() as opened:
        yield opened


def assert_sound(figures: Figures) -> None:
    assert list(figures.violations()) == [], figures.notes
    assert figures.served > 0


def test_made_up_calls_are_answered(hospital: Hospital) -> None:
    assert_sound(fuzz.against(hospital, seconds=16, seed=_SEED, examples=2))


def test_hostile_files_are_met_by_every_route(hospital: Hospital) -> None:
    corpus = list(hostile_files(_SEED))
    families = sorted({file.name.partition("/")[0] for file in corpus})
    chance = random.Random(_SEED)
    some = [
        file
        for family in families
        for file in chance.sample([each for each in corpus if each.name.startswith(f"{family}/")], _FAMILY_SHARE)
    ]
    figures = files.against(hospital, some, seconds=600)
    assert_sound(figures)
    assert figures.not_done == []


def test_mixed_clients_are_served(hospital: Hospital) -> None:
    hospital.products[0].clear()
    assert_sound(soak.against(hospital, seconds=8, seed=_SEED, clients=16))


def test_nothing_is_lost_when_the_service_and_a_worker_are_killed() -> None:
    faults = [each for each in faults_of(Plan()) if each.name in ("kill the service", "kill a worker")]
    figures = Figures()
    chaos.at(Plan(), figures, seconds=0, seed=_SEED, faults=faults)
    assert_sound(figures)
    assert figures.jobs > 0
    assert figures.kills == len(faults)
