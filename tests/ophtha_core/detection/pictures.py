"""Pictures without text, as scanners make them."""

import cv2
import numpy as np

from tests.kit.written import Picture


def speckle_fan(rows: int = 480, columns: int = 640, *, seed: int = 0) -> Picture:
    """A sector of speckle on black, in RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    depth, angle = np.hypot(x - columns / 2, y - 10) / rows, np.arctan2(x - columns / 2, y - 10)
    inside = (np.abs(angle) < 0.6) & (depth > 0.15) & (depth < 0.95)
    noise = cv2.GaussianBlur(rng.rayleigh(0.8, (rows, columns)), (0, 0), 1.1)
    grey = np.where(inside, np.clip(90 * noise * (1.2 - depth), 0, 220), 0).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def bright_film(rows: int = 480, columns: int = 640) -> Picture:
    """A radiograph that fades from white to grey, with the noise of its detector."""
    rng = np.random.default_rng(1)
    shade = np.linspace(235, 150, columns)[None, :] + rng.normal(0, 3, (rows, columns))
    return np.repeat(np.clip(shade, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
