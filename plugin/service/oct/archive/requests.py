"""What the report takes."""

from dataclasses import fields
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from ophtha_core.oct.dicom.supplied import SuppliedGeometry
from ophtha_core.oct.thickness import ThicknessUnit
from plugin.service.oct.instances import RawSlices
from plugin.service.oct.requests import Centre, Eye, Geometry, OctRequest, Uncovered, UncoveredColumns, Unit

CENTRE: Final = "exam_center_coordinate_xz"

Landmarks = Annotated[
    list[object] | dict[str, object],
    WithJsonSchema(
        {
            "description": "One entry for each slice: nerve landmarks [[x, y], …], or {nerve, fovea}, or null; or the "
            "answers of extract_nerve_zone_landmarks and extract_center_n_fovea in one object; or what these take, as "
            "{nerve: …, fovea: …}",
            "anyOf": [{"type": "array", "items": {}}, {"type": "object"}],
        }
    ),
]


class LayerReference(BaseModel):
    """Layers that are stored: a height map of the volume."""

    model_config = ConfigDict(strict=True, extra="forbid")

    instance: str = Field(pattern="^[0-9a-fA-F-]{1,64}$", description="Orthanc's identifier of the height map")


class ReportRequest(OctRequest):
    """Segmentations of one volume, one entry for each slice; without layers, those that are stored for it are used."""

    bulk: ClassVar[frozenset[str]] = frozenset({"layers", "pathologies", "landmarks"})
    takes_any_geometry: ClassVar[bool] = False
    layers: RawSlices | LayerReference | None = None
    computed: bool = Field(default=False, description="Without layers, use also those that this service computed")
    pathologies: RawSlices | None = None
    landmarks: Landmarks | None = None
    exam_center_coordinate_xz: Centre = None
    laterality: Eye | None = Field(default=None, description="Where the image does not say it")
    store: bool = Field(default=False, description="Write SR, thickness maps and segmentation into the study")
    geometry: Geometry | None = Field(default=None, description="What the image does not prove and you know")
    uncovered: UncoveredColumns = Uncovered.MISSING
    thickness_unit: Unit = Field(default=ThicknessUnit.PX, description="Unit of thickness_maps in the answer")

    def supplied(self) -> SuppliedGeometry:
        """What is given of the geometry; of a geometry handed back as it was answered, not what it calls assumed."""
        given = self.geometry or Geometry()
        names = [each.name for each in fields(SuppliedGeometry) if each.name not in given.assumed]
        values = {name: getattr(given, name) for name in names}
        return SuppliedGeometry(**values | ({"laterality": self.laterality} if self.laterality else {}))

    def supplied_centre(self) -> tuple[float, float] | None:
        """(column, slice)."""
        given = self.geometry or Geometry()
        of_geometry = None if CENTRE in given.assumed else given.exam_center_coordinate_xz
        return self.exam_center_coordinate_xz or of_geometry
