"""Which pixels of a slice were never measured, whatever its header says of padding."""

import cv2
import numpy as np
from numpy.typing import NDArray

from registration.settings import PaddingSettings

Plane = NDArray[np.bool_]


def unmeasured(
    stored: NDArray[np.int32],
    hu: NDArray[np.float32],
    signed_hu: NDArray[np.float32],
    *,
    stated: Plane,
    settings: PaddingSettings,
) -> Plane:
    """Pixels outside the reconstructed field, shape (rows, columns).

    ``hu`` is what the header makes of ``stored``, ``signed_hu`` what it would make of the same 16 bits read as signed;
    ``stated`` are the pixels whose value the header calls padding. Those and values that nothing has count where they
    hang together with the border of the plane; one constant value counts where it fills all four corners and, if it
    could be air, leaves a disc.
    """
    unlikely = stored > settings.largest_twelve_bit
    impossible = (hu <= settings.highest_hu) | (unlikely & (signed_hu <= settings.highest_hu))
    outside = _reaching_border(impossible | stated)
    corner = stored[0, 0]
    if outside[0, 0] or not (stored[0, -1] == stored[-1, 0] == stored[-1, -1] == corner):
        return outside
    constant = _reaching_border(stored == corner)
    if constant.all():
        return outside
    could_be_air = settings.lowest_air_hu <= hu[0, 0] <= settings.highest_air_hu
    if constant.mean() < settings.smallest_share or (could_be_air and not _leaves_a_disc(constant, settings)):
        return outside
    return np.asarray(outside | constant, dtype=np.bool_)


def _reaching_border(mask: Plane) -> Plane:
    """The parts of ``mask`` that hang together with the border of the plane."""
    if not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()):
        return np.zeros_like(mask)
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    reaching = np.zeros(int(labels.max()) + 1, dtype=np.bool_)
    reaching[border] = True
    reaching[0] = False
    return np.asarray(reaching[labels], dtype=np.bool_)


def _leaves_a_disc(outside: Plane, settings: PaddingSettings) -> bool:
    """Whether what ``outside`` leaves is a disc, which the plane may cut: air around a body leaves none."""
    inside = ~outside
    rows, columns = np.nonzero(inside.any(axis=1))[0], np.nonzero(inside.any(axis=0))[0]
    if not len(rows):
        return False
    middle = (np.array(inside.shape) - 1) / 2
    own = np.array([rows[0] + rows[-1], columns[0] + columns[-1]]) / 2
    return any(_misfit(inside, centre) <= settings.largest_misfit for centre in (middle, own))


def _misfit(inside: Plane, centre: NDArray[np.float64]) -> float:
    """Share of the disc around ``centre`` that holds all of ``inside``, in which the two differ."""
    y, x = np.ogrid[: inside.shape[0], : inside.shape[1]]
    squares = (y - centre[0]) ** 2 + (x - centre[1]) ** 2
    disc = squares <= squares[inside].max()
    return float((disc & ~inside).sum() / disc.sum())
