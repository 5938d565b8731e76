"""What an examination shows: its type, the fovea and the nerve."""

from collections.abc import Sized
from enum import StrEnum
from typing import Annotated, ClassVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.exam_type import ExamBounds, ExamSize, ExamType, exam_type
from ophtha_core.oct.landmarks import FOVEA_RULE, NERVE_RULE, SliceLandmarks, ZoneRule, central_slice, find_zone
from plugin.service.effects import COMPUTES, READS
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import Floats, as_rows, point_array
from plugin.service.oct.meta import meta
from plugin.service.oct.requests import Count, OctRequest, Probability, Whole, without_unused_geometry
from plugin.service.oct.routing import oct_router

router = oct_router()


class LandmarkStatus(StrEnum):
    """Whether a zone was found."""

    FOUND = "found"
    NOT_FOUND = "not_found"


class ExamTypeQuery(BaseModel):
    """Query of `get_exam_type`."""

    model_config = ConfigDict(extra="forbid")
    exam_height_mm: float | None = Field(default=None, allow_inf_nan=False, description="Missing or <= 0: no size")
    exam_width_mm: float | None = Field(default=None, allow_inf_nan=False, description="Missing or <= 0: no size")
    fovea_status: LandmarkStatus
    nerve_status: LandmarkStatus
    wide_scan_boundary_mm: float = Field(default=9.0, gt=0, allow_inf_nan=False)
    optic_disk_scan_boundary_mm: float = Field(default=8.0, gt=0, allow_inf_nan=False)
    unusual_scan_boundary_mm: float = Field(default=3.0, gt=0, allow_inf_nan=False)
    include_meta: bool = False

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_needed(cls, values: object) -> object:
        return without_unused_geometry(values, cls.model_fields)


class ExamTypeAnswer(Answer):
    """Type of the examination."""

    status: ExamType


@router.get("/get_exam_type", response_model=ExamTypeAnswer, dependencies=[READS])
def get_exam_type(query: Annotated[ExamTypeQuery, Query()]) -> JsonAnswer:
    """Type of an examination by its size and by what was found on it."""
    found = exam_type(
        ExamSize.of(height_mm=query.exam_height_mm, width_mm=query.exam_width_mm),
        has_fovea=query.fovea_status is LandmarkStatus.FOUND,
        has_nerve=query.nerve_status is LandmarkStatus.FOUND,
        bounds=ExamBounds(
            wide_mm=query.wide_scan_boundary_mm,
            optic_disc_mm=query.optic_disk_scan_boundary_mm,
            unusual_mm=query.unusual_scan_boundary_mm,
        ),
    )
    parameters = query.model_dump(mode="json", exclude={"include_meta"})
    return answer(query, {"status": found.value}, lambda: meta(units={"exam_height_mm": "mm"}, parameters=parameters))


class LandmarkLists(OctRequest):
    """Model output, parallel lists: entry j belongs to slice `indices[j]`."""

    bulk: ClassVar[frozenset[str]] = frozenset(
        {"center_probabilities", "fovea_probabilities", "nerve_probabilities", "indices", "coordinates"}
        | {"landmark_probabilities"}
    )
    indices: list[Annotated[Whole, Field(ge=0)]]
    coordinates: list[object] = Field(description="K points of every slice; null or [] where there are none")
    landmark_probabilities: list[Probability | list[Probability]] = Field(description="The smallest of K counts")

    def slices(self, field: str, zone: list[float], centers: list[float] | None = None) -> list[SliceLandmarks]:
        """Entries of all lists by slice. Raises InvalidInput for lists of different lengths."""
        lists: dict[str, Sized] = {
            field: zone,
            "coordinates": self.coordinates,
            "landmark_probabilities": self.landmark_probabilities,
        }
        if centers is not None:
            lists["center_probabilities"] = centers
        for name, values in lists.items():
            if len(values) != len(self.indices):
                raise InvalidInput(name, f"has {len(values)} entries, indices {len(self.indices)}")
        return [
            SliceLandmarks(
                index=index,
                zone_probability=zone[position],
                landmark_probability=self.landmark_probability(position),
                points=self.points(position),
                center_probability=0.0 if centers is None else centers[position],
            )
            for position, index in enumerate(self.indices)
        ]

    def landmark_probability(self, position: int) -> float:
        """The smallest probability of an entry."""
        given = self.landmark_probabilities[position]
        if isinstance(given, list) and not given:
            raise InvalidInput(f"landmark_probabilities[{position}]", "is empty")
        return min(given) if isinstance(given, list) else given

    def points(self, position: int) -> Floats | None:
        """Landmarks of an entry."""
        points = point_array(self.coordinates[position] or [], field=f"coordinates[{position}]")
        return points if len(points) else None


class FoveaRequest(LandmarkLists):
    """Request of `extract_center_n_fovea`."""

    center_probabilities: list[Probability]
    fovea_probabilities: list[Probability]
    fovea_existence_threshold: Probability = FOVEA_RULE.existence_threshold
    fovea_landmark_existence_threshold: Probability = FOVEA_RULE.landmark_threshold
    fovea_min_number_of_sequential_slices: Count = FOVEA_RULE.min_slices
    fovea_connectivity_level: Count = FOVEA_RULE.connectivity

    def zone(self) -> list[SliceLandmarks] | None:
        """Slices through the fovea."""
        rule = ZoneRule(
            existence_threshold=self.fovea_existence_threshold,
            landmark_threshold=self.fovea_landmark_existence_threshold,
            min_slices=self.fovea_min_number_of_sequential_slices,
            connectivity=self.fovea_connectivity_level,
        )
        found = self.slices("fovea_probabilities", self.fovea_probabilities, self.center_probabilities)
        return find_zone(found, rule=rule)


class NerveRequest(LandmarkLists):
    """Request of `extract_nerve_zone_landmarks`."""

    nerve_probabilities: list[Probability]
    nerve_existence_threshold: Probability = NERVE_RULE.existence_threshold
    nerve_confidence_threshold: Probability = 0.65
    nerve_landmark_existence_threshold: Probability = NERVE_RULE.landmark_threshold
    nerve_min_number_of_sequential_slices: Count = NERVE_RULE.min_slices
    nerve_connectivity_level: Count = NERVE_RULE.connectivity

    def zone(self) -> list[SliceLandmarks] | None:
        """Slices through the nerve."""
        rule = ZoneRule(
            existence_threshold=self.nerve_existence_threshold,
            landmark_threshold=self.nerve_landmark_existence_threshold,
            min_slices=self.nerve_min_number_of_sequential_slices,
            connectivity=self.nerve_connectivity_level,
            confidence_threshold=self.nerve_confidence_threshold,
        )
        return find_zone(self.slices("nerve_probabilities", self.nerve_probabilities), rule=rule)


class FoveaAnswer(Answer):
    """Only `status` when there is no fovea."""

    status: LandmarkStatus
    fovea_zone_slice_indices: list[int] | None = None
    central_slice_index: int | None = None
    fovea_zone_landmarks: list[list[list[float]]] | None = None
    exam_center_coordinate: list[float] | None = Field(default=None, description="[column, slice]")


class NerveAnswer(Answer):
    """Only `status` when there is no nerve."""

    status: LandmarkStatus
    nerve_zone_slice_indices: list[int] | None = None
    nerve_zone_landmarks: list[list[list[float]]] | None = None


@router.post("/extract_center_n_fovea", response_model=FoveaAnswer, dependencies=[COMPUTES])
def extract_center_n_fovea(body: FoveaRequest) -> JsonAnswer:
    """Slices through the fovea and the centre of the examination."""
    zone = body.zone()
    if zone is None:
        return landmark_answer(body, {"status": LandmarkStatus.NOT_FOUND.value})
    centre = central_slice(zone)
    return landmark_answer(
        body,
        {
            "status": LandmarkStatus.FOUND.value,
            "fovea_zone_slice_indices": [entry.index for entry in zone],
            "central_slice_index": centre.index,
            "fovea_zone_landmarks": [as_rows(entry.landmarks) for entry in zone],
            "exam_center_coordinate": [centre.middle_x, centre.index],
        },
    )


@router.post("/extract_nerve_zone_landmarks", response_model=NerveAnswer, dependencies=[COMPUTES])
def extract_nerve_zone_landmarks(body: NerveRequest) -> JsonAnswer:
    """Slices through the optic nerve and their landmarks."""
    zone = body.zone()
    if zone is None:
        return landmark_answer(body, {"status": LandmarkStatus.NOT_FOUND.value})
    return landmark_answer(
        body,
        {
            "status": LandmarkStatus.FOUND.value,
            "nerve_zone_slice_indices": [entry.index for entry in zone],
            "nerve_zone_landmarks": [as_rows(entry.landmarks) for entry in zone],
        },
    )


def landmark_answer(body: LandmarkLists, content: dict[str, object]) -> JsonAnswer:
    """The zone; coordinates are pixels and slice numbers of the caller."""
    return answer(
        body,
        content,
        lambda: meta(
            names={"exam_center_coordinate": "[column, slice]"},
            units={"landmarks": "px", "exam_center_coordinate": "[px, slice]"},
            parameters=body.parameters(),
        ),
    )
