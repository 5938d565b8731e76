"""Masking of a study."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread

from tests.campaign.orders.order import JobView, Outcome
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

_SIDE = 96
_MASKED = 48
_FILL = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [_MASKED, _MASKED]}


@dataclass
class MaskingOrder:
    """Masks the slices of one study; each copy is compared with its source, pixel by pixel."""

    job: str
    sources: frozenset[str]
    pixels: dict[int, NDArray[np.int16]]
    """Of the sources, by InstanceNumber."""
    keep_source: bool
    may_fail: bool = False

    @classmethod
    def give(cls, product: Product, *, name: str, count: int, keep_source: bool, seed: int) -> "MaskingOrder":
        """Upload a study and order its masking."""
        datasets = slices(StudyIds(patient_id=name), count, rows=_SIDE, columns=_SIDE, seed=seed)
        pixels = {int(each.InstanceNumber): each.pixel_array.copy() for each in map(_readable, datasets)}
        sources = product.upload(to_bytes(each) for each in datasets)
        study = product.get(f"/instances/{sources[0]}/study").json()["ID"]
        answer = product.post(
            f"/plugins/pixels-masker/studies/{study}/modify",
            json={"MaskPixelData": {"Regions": [_FILL]}, "KeepSource": keep_source, "Asynchronous": True},
        )
        answer.raise_for_status()
        return cls(answer.json()["ID"], frozenset(sources), pixels, keep_source)

    def outcome(self, product: Product, view: JobView) -> Outcome:
        if view["State"] != "Success":
            return Outcome(self.sources)
        study = view["Content"]["ID"]
        copies = [each["ID"] for each in product.get(f"/studies/{study}/instances").json()]
        numbers: list[int] = []
        unmasked: set[str] = set()
        faults: list[str] = []
        for copy in copies:
            answer = product.get(f"/instances/{copy}/file")
            if answer.status_code != 200:
                faults.append(f"a copy cannot be read: {answer.status_code}")
                continue
            dataset = dcmread(BytesIO(answer.content))
            number = int(dataset.InstanceNumber)
            numbers.append(number)
            if dataset.pixel_array[:_MASKED, :_MASKED].any():
                unmasked.add(copy)
            elif not np.array_equal(dataset.pixel_array, self._masked(number)):
                faults.append("a copy differs outside the mask")
        if sorted(numbers) != sorted(set(numbers)):
            faults.append("a slice is stored twice")
        planned = frozenset(copies) | (self.sources if self.keep_source else frozenset())
        return Outcome(planned, frozenset(unmasked), len(set(self.pixels) - set(numbers)), faults)

    def _masked(self, number: int) -> NDArray[np.int16]:
        expected = self.pixels[number].copy()
        expected[:_MASKED, :_MASKED] = 0
        return expected


def _readable(dataset):  # type: ignore[no-untyped-def]
    return dcmread(BytesIO(to_bytes(dataset)))
