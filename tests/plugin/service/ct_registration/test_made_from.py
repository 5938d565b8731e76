from plugin.service.ct_registration.made_from import Kept, Leaving, Made, chosen

CT = Made(series="ct", instances=frozenset({"ct.1", "ct.2"}), refers_to=frozenset({"scan.1"}), is_ours=True)
FIELD = Made(series="field", instances=frozenset({"field.1"}), refers_to=frozenset({"scan.1"}), is_ours=True)
SCAN = Made(series="scan", instances=frozenset({"scan.1"}), refers_to=frozenset(), is_ours=False)
ROOTS = frozenset({"ct", "field"})


def ours(name: str, *refers_to: str) -> Made:
    return Made(series=name, instances=frozenset({f"{name}.1"}), refers_to=frozenset(refers_to), is_ours=True)


def others(name: str, *refers_to: str) -> Made:
    return Made(series=name, instances=frozenset({f"{name}.1"}), refers_to=frozenset(refers_to), is_ours=False)


def test_results_and_what_was_made_from_them_leave_and_the_scans_stay() -> None:
    archive = [SCAN, CT, FIELD, ours("seg", "ct.2"), ours("sr", "seg.1"), ours("another registration", "scan.1")]
    assert chosen(archive, ROOTS) == Leaving(removed=("ct", "field", "seg", "sr"))


def test_what_a_strangers_object_refers_to_stays_and_is_named() -> None:
    assert chosen([SCAN, CT, FIELD, others("report", "ct.1")], ROOTS) == Leaving(
        removed=("field",), kept=(Kept(series="ct", referenced_by=("report",)),)
    )


def test_what_stays_keeps_what_it_refers_to_itself() -> None:
    archive = [SCAN, CT, FIELD, ours("seg", "ct.2"), others("report", "seg.1")]
    assert chosen(archive, ROOTS) == Leaving(
        removed=("field",),
        kept=(Kept(series="ct", referenced_by=("seg",)), Kept(series="seg", referenced_by=("report",))),
    )


def test_objects_that_refer_to_each_other_leave_together() -> None:
    assert chosen([CT, ours("a", "ct.1", "b.1"), ours("b", "a.1")], ROOTS).removed == ("a", "b", "ct")
