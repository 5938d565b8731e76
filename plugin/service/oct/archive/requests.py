"""What the report takes."""

from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema, model_validator

from ophtha_core.oct.thickness import ThicknessUnit
from plugin.service.oct.instances import RawSlices
from plugin.service.oct.requests import Centre, Eye, OctRequest, Unit

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


class ReportRequest(OctRequest):
    """Segmentations of one volume, one entry for each slice; at least one of the first three."""

    bulk: ClassVar[frozenset[str]] = frozenset({"layers", "pathologies", "landmarks"})
    layers: RawSlices | None = None
    pathologies: RawSlices | None = None
    landmarks: Landmarks | None = None
    exam_center_coordinate_xz: Centre = None
    laterality: Eye | None = Field(default=None, description="Where the image does not say it")
    store: bool = Field(default=False, description="Write SR, thickness maps and segmentation into the study")
    thickness_unit: Unit = Field(default=ThicknessUnit.PX, description="Unit of thickness_maps in the answer")

    @model_validator(mode="after")
    def _something_given(self) -> "ReportRequest":
        if self.layers is None and self.pathologies is None and self.landmarks is None:
            raise ValueError("layers, pathologies or landmarks must be given")
        return self
