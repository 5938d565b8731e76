"""An image with annotations of every kind, and the mask that they must give."""

from itertools import count

import numpy as np
import rasterio.features  # type: ignore[import-untyped]
import shapely
from shapely.geometry.base import BaseGeometry

from tests.kit.annotation_service import AnnotationClient

_COUNT = count()
WIDTH, HEIGHT = 900, 650
SHAPES = {
    "Tumour": shapely.Polygon(
        shapely.box(50.3, 40.2, 400.7, 300.9).exterior, [shapely.box(100, 100, 200, 200).exterior]
    ),
    "Stroma": shapely.Point(400, 300).buffer(120),
    "Both": shapely.MultiPolygon([shapely.box(600, 400, 640, 440), shapely.box(700, 500, 760, 560)]),
}
"""In image space: y down."""


def unique(name: str) -> str:
    """A name nobody used before."""
    return f"{name} {next(_COUNT)}"


class Drawn:
    """An image with annotations of two terms, one of both terms, and one without."""

    def __init__(self, admin: AnnotationClient, resources: list[str]) -> None:
        self.ontology = admin.add("ontology", name=unique("exports"))
        self.tumour = admin.add("term", name="Tumour", color="#ff0000", ontology=self.ontology["id"])["id"]
        self.stroma = admin.add("term", name="Stroma", color="#00ff00", ontology=self.ontology["id"])["id"]
        self.project = admin.add("project", name=unique("exports"), ontology=self.ontology["id"])["id"]
        added = admin.post(f"/api/project/{self.project}/orthanc.json", json={"Resources": resources}).json()
        self.image = added["collection"][0]
        self.ids = {
            name: admin.add("annotation", image=self.image["id"], location=upside_down(shape).wkt, term=terms)["id"]
            for (name, shape), terms in zip(
                SHAPES.items(), ([self.tumour], [self.stroma], [self.tumour, self.stroma]), strict=True
            )
        }
        free = upside_down(shapely.box(800, 600, 820, 620)).wkt
        self.ids["none"] = admin.add("annotation", image=self.image["id"], location=free)["id"]

    def path(self, extension: str) -> str:
        return f"/api/imageinstance/{self.image['id']}/export.{extension}"


def upside_down(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda points: np.column_stack((points[:, 0], HEIGHT - points[:, 1])))


def expected(*order: tuple[str, int], scale: float = 1) -> np.ndarray:
    shapes = {**SHAPES, "none": shapely.box(800, 600, 820, 620)}
    stored = {name: upside_down(shapely.from_wkt(upside_down(shape).wkt)) for name, shape in shapes.items()}
    scaled = [(shapely.transform(stored[name], lambda points: points * scale), value) for name, value in order]
    size = (-(-HEIGHT // round(1 / scale)), -(-WIDTH // round(1 / scale)))
    return np.asarray(rasterio.features.rasterize(scaled, out_shape=size, dtype=np.uint8))
