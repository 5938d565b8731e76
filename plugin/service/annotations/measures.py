"""What an image says of its annotations: its names, and what a pixel measures."""

from collections.abc import Mapping
from dataclasses import dataclass

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


def measures(area_px: float, perimeter_px: float, image: ImageFacts) -> Measures:
    """Area and perimeter in mm where the pixel size is known (and square), else in pixels."""
    if image.spacing_um is None:
        return Measures(area_px, "pixels2", perimeter_px, "pixels")
    x_mm, y_mm = image.spacing_um[0] / 1000, image.spacing_um[1] / 1000
    return Measures(area_px * x_mm * y_mm, "mm2", perimeter_px * (x_mm + y_mm) / 2, "mm")


@dataclass(frozen=True)
class Links:
    """Addresses of an annotation's pictures."""

    crop_url: str
    small_crop_url: str
    url: str


def links(base_url: str, annotation_id: int) -> Links:
    address = f"{base_url}/api/annotation/{annotation_id}/crop.png"
    return Links(address, f"{address}?maxSize=256", address)
