"""Against eyepy's circular grid: sectors of its masks on the same map."""

import numpy as np
import pytest
from eyepy.core.grids import grid as eyepy_grid

from tests.kit.oct import ORIENTATIONS, Floats, scan_parameters
from tests.plugin.service.oct.asking import post
from tests.plugin.service.oct.conftest import Client

EXTENT_MM = 6.4


def fovea(cells: int) -> Floats:
    """A pit in a tilted retina, µm."""
    y, x = (np.mgrid[:cells, :cells] - cells // 2) * EXTENT_MM / cells
    r = np.hypot(x, y)
    return 320 - 110 * np.exp(-((r / 0.55) ** 2)) - 7 * (r - 1.2) ** 2 + 4 * x - 6 * y


# In a right eye eyepy counts sectors against the clock from superior; ours run with it from the right.
OURS = {"0-0.5": ("0", {0: "0"})} | {
    radii: (ring, {0: "3", 1: "2", 2: "1", 3: "0"}) for radii, ring in (("0.5-1.5", "1"), ("1.5-3.0", "2"))
}


@pytest.mark.parametrize("cells", [801, 201])
def test_the_etdrs_means_agree_within_1_um(client: Client, cells: int) -> None:
    spacing = EXTENT_MM / cells
    thickness = fovea(cells)
    masks = eyepy_grid(
        mask_shape=thickness.shape,
        radii=(0.5, 1.5, 3.0),
        laterality="OD",
        n_sectors=(1, 4, 4),
        rotation=(0, 45, 45),
        radii_scale=spacing,
    )
    answer = post(
        client,
        "get_etdrs",
        **scan_parameters(ORIENTATIONS[0], column_spacing=spacing, slice_spacing=spacing),
        layers_thickness_maps={"retina": thickness.tolist()},
        used_layers=["retina"],
        thickness_unit="um",
    )
    for name, mask in masks.items():
        _, radii, _, number = name.split()
        ring, sectors = OURS[radii]
        ours = answer[ring][sectors[int(number)]]["mean"]  # type: ignore[index]
        theirs = float((mask * thickness).sum() / mask.sum())
        assert ours == pytest.approx(theirs, abs=1.0)
        assert ours == pytest.approx(theirs, rel=0.005, abs=0)
