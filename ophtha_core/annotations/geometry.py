"""Annotation geometry and its two coordinate spaces, both in pixels of the full-resolution image.

*Annotation space* has its origin at the bottom-left corner and y pointing up: the space of stored WKT.
*Image space* has its origin at the top-left corner and y pointing down: the space of masks, GeoJSON and DICOM.
A pixel covers one unit square, its centre lies at half-integer coordinates.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from ophtha_core.errors import InvalidInput

ACCEPTED_TYPES = frozenset({"Point", "MultiPoint", "LineString", "Polygon", "MultiPolygon"})
MAX_VERTICES = 1_000_000
MAX_DEPTH = 4
"""Of brackets within one another: as many as the coordinates of a MultiPolygon have in GeoJSON."""


def read_wkt(text: str, *, field: str = "location") -> BaseGeometry:
    """The geometry of a WKT string, valid and of an accepted type, in the space of the text.

    Raises InvalidInput naming ``field``.
    """
    geometry = _parsed(text, field)
    check_geometry(geometry, field=field)
    return geometry


def read_wkt_repaired(text: str, *, field: str = "location") -> tuple[BaseGeometry, bool]:
    """As ``read_wkt``, but an area that crosses or touches itself is made valid; whether it had to be.

    What is no area of the result (lines and points where the area had none) is left out. Raises InvalidInput.
    """
    geometry = _parsed(text, field)
    _check_form(geometry, field=field)
    if geometry.is_valid or shapely.get_dimensions(geometry) < 2:
        check_geometry(geometry, field=field)
        return geometry, False
    repaired = _same_dimension(shapely.make_valid(geometry), geometry)
    if repaired is None:
        raise InvalidInput(field, f"has no area: {explain_validity(geometry)}")
    check_geometry(repaired, field=field)
    return repaired, True


def _parsed(text: str, field: str) -> BaseGeometry:
    if "\0" in text:  # GEOS would read up to it
        raise InvalidInput(field, "is not well-known text (WKT)")
    _refuse_monstrous(text, field)
    try:
        with np.errstate(over="ignore"):  # an overflow becomes an infinite coordinate, refused below
            geometry = shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, TypeError, ValueError):
        raise InvalidInput(field, "is not well-known text (WKT)") from None
    except NotImplementedError:
        raise InvalidInput(field, "has curves; annotations have straight edges") from None
    return geometry


def _refuse_monstrous(text: str, field: str) -> None:
    """GEOS reads one parenthesis within another by recursion, and ends the process where the stack ends."""
    characters = np.frombuffer(text.encode(errors="replace"), np.uint8)
    steps = (characters == ord("(")).astype(np.int8) - (characters == ord(")"))
    if np.cumsum(steps, dtype=np.int64).max(initial=0) > MAX_DEPTH:
        raise InvalidInput(field, "is nested deeper than a MultiPolygon")
    if np.count_nonzero(characters == ord(",")) > 2 * MAX_VERTICES:
        raise InvalidInput(field, f"has more than {MAX_VERTICES} vertices")


def check_geometry(geometry: BaseGeometry | None, *, field: str) -> None:
    """Raise InvalidInput unless the geometry can be an annotation."""
    _check_form(geometry, field=field)
    if geometry is not None and not geometry.is_valid:
        raise InvalidInput(field, f"is not a valid geometry: {explain_validity(geometry)}")


def _check_form(geometry: BaseGeometry | None, *, field: str) -> None:
    """Everything but whether the geometry is valid, which takes long to find out."""
    if geometry is None or geometry.is_empty:
        raise InvalidInput(field, "is an empty geometry")
    if geometry.geom_type not in ACCEPTED_TYPES:
        raise InvalidInput(field, f"is a {geometry.geom_type}; expected one of {', '.join(sorted(ACCEPTED_TYPES))}")
    if geometry.has_z or geometry.has_m:
        raise InvalidInput(field, "has a third coordinate; annotations are flat")
    if shapely.is_empty(shapely.get_parts(geometry)).any():
        raise InvalidInput(field, "has an empty part")
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise InvalidInput(field, f"has more than {MAX_VERTICES} vertices")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise InvalidInput(field, "has coordinates that are not finite")


def clip_to_image(geometry: BaseGeometry, *, width_px: int, height_px: int, field: str = "location") -> BaseGeometry:
    """The part of the geometry inside the image, the very same object when nothing lies outside.

    Works in either space. Raises InvalidInput when nothing is left.
    """
    left, bottom, right, top = geometry.bounds
    if left >= 0 and bottom >= 0 and right <= width_px and top <= height_px:
        return geometry
    inside = shapely.intersection(geometry, shapely.box(0, 0, width_px, height_px))
    kept = _same_dimension(inside, geometry)
    if kept is None:
        raise InvalidInput(field, f"lies outside the image of {width_px} x {height_px} pixels")
    return kept


def _same_dimension(inside: BaseGeometry, original: BaseGeometry) -> BaseGeometry | None:
    """What is left of ``original`` without the points and lines where it only touches the border."""
    dimension = shapely.get_dimensions(original)
    pieces = shapely.get_parts(shapely.get_parts(inside))  # a collection may hold multi-part geometries
    parts = [part for part in pieces if shapely.get_dimensions(part) == dimension and not part.is_empty]
    if not parts:
        return None
    if len(parts) == 1:
        only: BaseGeometry = parts[0]
        return only
    if dimension == 2:
        return shapely.MultiPolygon(parts)
    if dimension == 0:
        return shapely.MultiPoint(parts)
    # A line cut in several pieces has no accepted type: the longest piece stands for it.
    longest: BaseGeometry = max(parts, key=lambda part: float(part.length))
    return longest


def without_holes(geometry: BaseGeometry) -> BaseGeometry:
    """The geometry with the holes of its areas closed; what has no holes stays the very same object."""
    parts = shapely.get_parts(geometry)
    if not shapely.get_num_interior_rings(parts).any():
        return geometry
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(parts)))


def flip_vertically(geometry: BaseGeometry, *, height_px: int) -> BaseGeometry:
    """The geometry in the other space: y becomes ``height_px - y``. Its own inverse."""
    return flip_all([geometry], height_px=height_px)[0]


def flip_all(geometries: Sequence[BaseGeometry], *, height_px: int) -> list[BaseGeometry]:
    """Many geometries in the other space."""

    def flip(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack((points[:, 0], height_px - points[:, 1]))

    return list(shapely.transform(np.asarray(geometries, dtype=object), flip))


def with_width(geometry: BaseGeometry, *, width_px: float) -> BaseGeometry:
    """An area for every geometry: lines become bands, points become squares, ``width_px`` wide; areas stay.

    Lines end flat at their last vertex. A point's square is centred on it.
    """
    if not (math.isfinite(width_px) and width_px > 0):
        raise InvalidInput("width", "must be a positive number of pixels")
    dimension = shapely.get_dimensions(geometry)
    if dimension == 2:
        return geometry
    if dimension == 1:
        return shapely.buffer(geometry, width_px / 2, cap_style="flat", join_style="mitre")
    return shapely.buffer(geometry, width_px / 2, cap_style="square")
