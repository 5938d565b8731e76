"""How far two measurements of an unchanged nodule lie apart, from what was published; unknown where nothing was.

- Solid, over 6 mm, slices up to 1.25 mm: 25 % (Callister et al., Thorax 2015;70 Suppl 2, of scans repeated in a day).
- Solid, 4.8 to 6 mm, the same slices: 27 % (Marchianò et al., Radiology 2009;251:919, volumes from 60 mm³ on).
- Thicker slices widen it beyond use (Nietert et al., Chest 2009;135:1580), and nothing of the kind is known of subsolid
  nodules or of scans with different protocols.
"""

from registration.lesions.measure import LesionSize
from registration.lesions.outline import LesionKind

_THIN_MM = 1.25
_ROWS = ((113.0, 25.0), (60.0, 27.0))
"""Volume in mm³ from which on (spheres of 6 and 4.8 mm), and percent."""


def repeatability_percent(
    older: LesionSize, newer: LesionSize, *, slice_mm: float, same_protocol: bool
) -> float | None:
    """Of the volume; ``slice_mm`` is the thicker one of the two scans."""
    is_solid = older.kind is newer.kind is LesionKind.SOLID
    if not is_solid or not same_protocol or slice_mm > _THIN_MM:
        return None
    smaller = min(older.volume_mm3, newer.volume_mm3)
    return next((percent for volume, percent in _ROWS if smaller >= volume), None)
