"""What differs between two scans of one chest, in words: what a reader must know before comparing them."""

import numpy as np
from scipy import ndimage

from ophtha_core.dicom.reading import known_text
from registration.grids import FloatArray, Grid, Mask
from registration.settings import DifferenceSettings
from registration.volume import CheckedVolume


def anatomy_differences(
    reference_hu: FloatArray,
    floating_hu: FloatArray,
    reference_lungs: Mask,
    floating_lungs: Mask,
    seen: Mask,
    grid: Grid,
    *,
    settings: DifferenceSettings,
) -> list[str]:
    """Of images on the reference's lung ``grid``, the floating one registered; all of shape (z, y, x)."""
    found = []
    for has, lacks, other_hu, one, other in (
        (reference_lungs, floating_lungs, floating_hu, "reference", "floating"),
        (floating_lungs, reference_lungs, reference_hu, "floating", "reference"),
    ):
        lost = has & seen & ~lacks & (other_hu > settings.solid_hu)
        for side, lost_ml in _lost_ml(lost, reference_lungs, grid, settings=settings):
            found.append(
                f"{lost_ml:.0f} ml of the {side} lung of the {one} image are no lung in the {other} image "
                "(removed, collapsed, consolidated, or fluid)"
            )
    both = reference_lungs & floating_lungs & seen
    if both.any():
        denser_hu = float(np.median(floating_hu[both]) - np.median(reference_hu[both]))
        if abs(denser_hu) > settings.density_hu:
            word = "denser" if denser_hu > 0 else "less dense"
            found.append(f"the lungs of the floating image are {word} by {abs(denser_hu):.0f} HU")
    seen_share = float(seen[reference_lungs].mean()) if reference_lungs.any() else 1.0
    if seen_share < settings.seen_share:
        found.append(f"the floating image shows {seen_share:.0%} of the reference's lungs")
    return found


def _lost_ml(lost: Mask, lungs: Mask, grid: Grid, *, settings: DifferenceSettings) -> list[tuple[str, float]]:
    """Millilitres per side of what is deeper than a badly placed outline."""
    core = ndimage.distance_transform_edt(lost, sampling=grid.spacing_mm[::-1]) > settings.outline_mm
    if not core.any():
        return []
    away_mm = ndimage.distance_transform_edt(~core, sampling=grid.spacing_mm[::-1])
    deep = lost & (away_mm <= settings.outline_mm + max(grid.spacing_mm))
    middle = float(np.nonzero(lungs.any(axis=(0, 1)))[0].mean())
    columns = np.arange(lungs.shape[2])
    sides = (("right", columns <= middle), ("left", columns > middle))
    volumes = [(name, float(deep[:, :, own].sum()) * grid.voxel_ml) for name, own in sides]
    return [(name, volume) for name, volume in volumes if volume >= settings.smallest_loss_ml]


def acquisition_differences(reference: CheckedVolume, floating: CheckedVolume) -> list[str]:
    """Of two series: what makes the same tissue look or measure otherwise."""
    found = []
    kernels = [known_text(side.header, "ConvolutionKernel") for side in (reference, floating)]
    if all(kernels) and kernels[0] != kernels[1]:
        found.append("the two series were reconstructed with different kernels")
    agents = [bool(known_text(side.header, "ContrastBolusAgent")) for side in (reference, floating)]
    if agents[0] != agents[1]:
        found.append(f"only the {'reference' if agents[0] else 'floating'} image was taken with contrast agent")
    spacings = [side.image.GetSpacing()[2] for side in (reference, floating)]
    if max(spacings) > 2 * min(spacings):
        found.append(f"the slices are {spacings[0]:.2f} mm apart in the reference, {spacings[1]:.2f} mm in the other")
    return found
