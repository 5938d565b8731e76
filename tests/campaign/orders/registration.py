"""Registration of two chest series."""

from dataclasses import dataclass, replace

from tests.campaign.orders.order import JobView, Outcome
from tests.kit.chest_series import FLOATING, REFERENCE
from tests.kit.product import Product

_REGISTRATION_OBJECTS = 2
"""Spatial and deformable, in a series of their own."""


@dataclass
class RegistrationOrder:
    """Registers one patient's two series and stores the result."""

    job: str
    sources: frozenset[str]
    studies: tuple[str, str]
    may_fail: bool = False

    @classmethod
    def give(cls, product: Product, *, name: str) -> "RegistrationOrder":
        """Upload two series and order their registration."""
        pair = [
            product.upload(replace(series, name=f"{name} {series.name}", patient_id=name).files())
            for series in (REFERENCE, FLOATING)
        ]
        series, studies = (
            [product.get(f"/instances/{each[0]}/{level}").json()["ID"] for each in pair]
            for level in ("series", "study")
        )
        answer = product.post(
            "/plugins/registration/jobs", json={"ReferenceSeries": series[0], "FloatingSeries": series[1]}
        )
        answer.raise_for_status()
        return cls(answer.json()["ID"], frozenset(pair[0] + pair[1]), (studies[0], studies[1]))

    def outcome(self, product: Product, view: JobView) -> Outcome:
        if view["State"] != "Success":
            return Outcome(self.sources)
        stored = {
            each["ID"]
            for study in self.studies
            for each in product.get(f"/studies/{study}/instances").json()
            if each["ID"] not in self.sources
        }
        expected = REFERENCE.slices + _REGISTRATION_OBJECTS
        faults = [f"{len(stored)} results are stored, not {expected}"] if len(stored) > expected else []
        return Outcome(self.sources | stored, missing=max(0, expected - len(stored)), faults=faults)
