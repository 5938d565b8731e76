"""What an image says of its annotations: its names, and what a pixel measures."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.service.annotations.kinds.abstract_image import AbstractImage
from plugin.service.annotations.kinds.image_instance import ImageInstance


@dataclass(frozen=True)
class ImageFacts:
    """Names of an image and its pixel size in micrometres, where known."""

    original_filename: str
    filename: str
    spacing_um: tuple[float, float] | None

    @property
    def has_oblong_pixels(self) -> bool:
        return self.spacing_um is not None and self.spacing_um[0] != self.spacing_um[1]


@dataclass(frozen=True)
class Measures:
    """Area and perimeter of an annotation, with their units."""

    area: float
    area_unit: str
    perimeter: float
    perimeter_unit: str


def image_facts(session: Session, images: set[int]) -> Mapping[int, ImageFacts]:
    """Facts of image instances by their ids."""
    query = (
        select(ImageInstance, AbstractImage)
        .join(AbstractImage, AbstractImage.id == ImageInstance.base_image_id)
        .where(ImageInstance.id.in_(images))
    )
    facts: dict[int, ImageFacts] = {}
    for instance, base in session.execute(query):
        x = instance.physical_size_x_um or base.physical_size_x_um
        y = instance.physical_size_y_um or base.physical_size_y_um or x
        facts[instance.id] = ImageFacts(
            base.original_filename, instance.instance_filename or base.original_filename, (x, y) if x and y else None
        )
    return facts


def measures(area_px: float, perimeter_px: float, image: ImageFacts, geometry: BaseGeometry | None = None) -> Measures:
    """Area in square micrometres and perimeter in mm where the size of a pixel is known, else in whole pixels.

    ``geometry`` is needed where pixels are not square: only its edges tell how long it is.
    """
    if image.spacing_um is None:
        return Measures(_whole(area_px), "pixels\u00b2", _whole(perimeter_px), "pixels")
    x_um, y_um = image.spacing_um
    length_um = perimeter_px * x_um
    if geometry is not None and image.has_oblong_pixels:
        length_um = float(shapely.length(shapely.transform(geometry, lambda points: points * (x_um, y_um))))
    return Measures(area_px * x_um * y_um, "micron\u00b2", length_um / 1000, "mm")


def _whole(value: float) -> float:
    """Rounded half up, as Cytomine-core rounds (``AnnotationDomain.computeGIS``)."""
    return float(math.floor(value + 0.5))


@dataclass(frozen=True)
class Links:
    """Addresses of an annotation's pictures."""

    crop_url: str
    small_crop_url: str
    url: str


def links(base_url: str, annotation_id: int) -> Links:
    address = f"{base_url}/api/annotation/{annotation_id}/crop.png"
    return Links(address, f"{address}?maxSize=256", address)
