"""A task that runs twice makes the same bytes, so that what is stored already can be recognized."""

import pytest

from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.borrowing import OrthancDesk
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pixels_masker.job import masking_work
from plugin.service.pixels_masker.payload import Action, Level
from plugin.service.pixels_masker.prepare import Order, prepare
from plugin.service.pixels_masker.work import Failed, Stored, attempt_mark
from tests.kit.permits import Permitted
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, full_study, to_bytes

ATTEMPT = attempt_mark("job", 1)
REGION = {"MaskType": "MeanFilter", "FilterWidth": 4, "RegionType": "2D", "Origin": [2, 2], "End": [9, 9]}


@pytest.mark.parametrize("action", list(Action))
def test_a_task_that_runs_twice_stores_every_instance_once(product: Product, action: Action) -> None:
    sources = product.upload(to_bytes(each) for each in full_study(StudyIds()))
    study = product.get(f"/instances/{sources[0]}/study").json()["ID"]
    address = OrthancAddress(product.url, "")
    order = Order.of(Level.STUDY, study, action, {"MaskPixelData": {"Regions": [REGION]}})
    with OrthancConnection(address) as orthanc:
        plan = prepare(orthanc, order)
        work = masking_work(OrthancDesk("nobody", for_job=True), order, plan)
        for instance in plan.source.instances:
            assert work.masked(orthanc, instance).dicom == work.masked(orthanc, instance).dicom
        first = [work.copy(orthanc, each, ATTEMPT, Permitted()) for each in plan.source.instances]
        last = product.get("/changes?last").json()["Last"]
        second = [work.copy(orthanc, each, ATTEMPT, Permitted()) for each in plan.source.instances]
    assert first == second
    assert not [each for each in first if isinstance(each, Failed)]
    changes = product.get(f"/changes?since={last}").json()["Changes"]
    assert not [each for each in changes if each["ChangeType"] in ("NewInstance", "Deleted")]
    rewriting = plan.rewriting(order.rules)
    planned = {plan.planned(each, rewriting).instance_id for each in plan.source.instances}
    assert {each.instance_id for each in first if isinstance(each, Stored)} == planned
