"""Which of two fields a point beside the pleura follows."""

import numpy as np

from registration.grids import FloatArray
from registration.settings import PleuraSettings
from registration.smoothing import smoothed


def share_of_lungs(
    lungs: FloatArray,
    lungs_misfit: FloatArray,
    body_misfit: FloatArray,
    *,
    spacing_mm: float,
    settings: PleuraSettings,
) -> FloatArray:
    """Share (0 to 1) with which each point follows the lungs' field, all of shape (z, y, x).

    ``lungs`` is the lung mask, the misfits are squared differences in HU after either field. A mask alone cuts off the
    vessels of the hilum, which move with the lungs, and takes ribs for lung where it is a voxel too large: near its
    border, and between its parts, that field is followed which brings the images together.
    """
    sigma = settings.comparison_sigma_mm / spacing_mm
    by_lungs, by_body = smoothed(lungs_misfit, sigma), smoothed(body_misfit, sigma)
    images = (by_body - by_lungs) / (by_body + by_lungs + np.float32(2 * settings.noise_hu**2))
    mask = 2 * smoothed(lungs, settings.border_sigma_mm / spacing_mm) - 1
    share = 0.5 + settings.steepness * (mask + settings.say_of_images * images)
    return np.asarray(np.clip(share, 0, 1), dtype=np.float32)
