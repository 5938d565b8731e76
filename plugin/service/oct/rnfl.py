"""Nerve fibre layer around the optic disc, and its symmetry between the eyes."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.measurements import PixelSize
from ophtha_core.oct.optic_disc import ContourOptions, NerveScan
from ophtha_core.oct.rnfl import (
    DEFAULT_INTERPOLATION_POINTS,
    DEFAULT_TOLERANCE_MM,
    GRAPH_BINS,
    CircleProfile,
    RnflAnalysis,
    circle_profile,
    graph_similarity,
)
from ophtha_core.oct.segmented_scan import MAX_CELLS, SegmentedScan, reached_columns
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import Floats
from plugin.service.oct.instances import RawSlices
from plugin.service.oct.meta import RNFL_LITERATURE, meta
from plugin.service.oct.nerve import (
    flat_layers,
    image_size,
    is_flat,
    nerve_slices,
    sliced_layers,
)
from plugin.service.oct.profile_content import profile_content, profile_meta
from plugin.service.oct.requests import Count, Eye, NotNegative, OctRequest, Positive, Scan, Whole
from plugin.service.oct.routing import oct_router

router = oct_router(effect=COMPUTES)


class RnflRequest(Scan):
    """Request of `analyze_odn_rnfl`."""

    bulk: ClassVar[frozenset[str]] = frozenset({"nerve_landmarks_list", "nerve_rnfl_layers", "nerve_slice_indices"})
    analysis_type: Literal["quadrant", "single_segment", "twelve_segments", "graph", "all"]
    nerve_landmarks_list: list[object]
    nerve_slice_indices: list[Annotated[Whole, Field(ge=0)]]
    nerve_rnfl_layers: RawSlices
    pixel_height: Count | None = Field(default=None, description="Needed for instances with scan_index")
    pixel_width: Count | None = Field(default=None, description="Needed for instances with scan_index")
    pixel_spacing_row: Positive
    laterality: Eye = Field(description="L or R")
    num_slices: Count
    mm_to_analyze: NotNegative = 1.0

    def size(self) -> tuple[int, int]:
        """(width, height) of a B-scan. Raises InvalidInput where neither parameters nor metadata say it."""
        named = image_size(self.nerve_rnfl_layers)
        for field, given, known in zip(
            ("pixel_width", "pixel_height"), (self.pixel_width, self.pixel_height), named or (None, None), strict=True
        ):
            if given is None and known is None:
                raise InvalidInput(field, "is needed where the layers have no metadata")
        width, height = named or (0, 0)
        width, height = self.pixel_width or width, self.pixel_height or height
        if width * self.num_slices > MAX_CELLS:
            raise InvalidInput("num_slices", f"makes a map of more than {MAX_CELLS} cells")
        return width, height

    def segmented_scan(self) -> SegmentedScan:
        """Outlines of the nerve fibre layer on every slice."""
        width, height = self.size()
        if is_flat(self.nerve_rnfl_layers):
            slices = flat_layers(self.nerve_rnfl_layers, num_slices=self.num_slices)
        else:
            slices = sliced_layers(
                self.nerve_rnfl_layers, num_slices=self.num_slices, nerve_indices=self.nerve_slice_indices
            )
        if not any(slices):
            raise InvalidInput("nerve_rnfl_layers", "holds no instance of class rnfl")
        return SegmentedScan(slices=slices, width=width, height=height)

    def nerve(self, width: int) -> NerveScan:
        """Nerve slices and where they lie."""
        try:
            return NerveScan(
                slices=nerve_slices(self.nerve_slice_indices, self.nerve_landmarks_list),
                num_slices=self.num_slices,
                width=width,
                orientation=self.orientation,
                slice_spacing_mm=self.slice_thickness,
                pixel=PixelSize(column_spacing_mm=self.pixel_spacing_column, row_spacing_mm=self.pixel_spacing_row),
            )
        except InvalidInput as error:
            # The other endpoint calls the same list nerve_slices.
            raise InvalidInput(error.field.replace("nerve_slices", "nerve_slice_indices"), error.message) from error

    def thickness_mm(self) -> Floats:
        """(slices, columns) as scanned, NaN where nothing was segmented."""
        scan = self.segmented_scan()
        thickness = scan.thickness_px(["rnfl"])["rnfl"] if "rnfl" in scan.classes else None
        if thickness is None:
            thickness = sum(scan.thickness_px(scan.classes).values(), start=np.zeros(scan.shape))
        measured = reached_columns(scan.slices, width=scan.width)
        return np.where(measured, thickness * self.pixel_spacing_row, np.nan)

    def profile(self) -> CircleProfile:
        """Thickness in mm on the circle around the disc."""
        thickness = self.thickness_mm()
        grid, canonical = self.canonical(thickness)
        disc = self.nerve(thickness.shape[1]).disc(ContourOptions(smooth=False))
        return circle_profile(grid, canonical, disc_mm=disc, distance_mm=self.mm_to_analyze)


class GraphRequest(OctRequest):
    """Request of `compare_odn_rnfl_graphs`."""

    graph_a: dict[str, NotNegative]
    graph_b: dict[str, NotNegative]
    equality_tolerance_mm: NotNegative = DEFAULT_TOLERANCE_MM
    interpolation_points: Count = DEFAULT_INTERPOLATION_POINTS

    def graph(self, field: str) -> list[float]:
        """Values by key. Raises InvalidInput unless the keys are 0 to 35."""
        values: dict[str, float] = getattr(self, field)
        keys = [str(index) for index in range(GRAPH_BINS)]
        if set(values) != set(keys):
            raise InvalidInput(field, f"needs the keys 0 to {GRAPH_BINS - 1}")
        return [values[key] for key in keys]


class RnflAnswer(Answer):
    """mm by sector, or by analysis and sector; null off the field."""

    rnfl_thickness_statistics: dict[str, object]


class SimilarityAnswer(Answer):
    """0 .. 1."""

    similarity_score: float


@router.post("/analyze_odn_rnfl", response_model=RnflAnswer)
def analyze_odn_rnfl(body: RnflRequest) -> JsonAnswer:
    """Nerve fibre layer thickness on a circle around the disc, mm."""
    profile = body.profile()
    kinds = tuple(RnflAnalysis) if body.analysis_type == "all" else (RnflAnalysis(body.analysis_type),)
    content = profile_content(profile, kinds)
    if body.analysis_type != "all":
        content = content[body.analysis_type]  # type: ignore[assignment]
    return answer(
        body,
        {"rnfl_thickness_statistics": content},
        lambda: profile_meta(profile, kinds, is_nested=body.analysis_type == "all", parameters=body.parameters()),
    )


@router.post("/compare_odn_rnfl_graphs", response_model=SimilarityAnswer)
def compare_odn_rnfl_graphs(body: GraphRequest) -> JsonAnswer:
    """Symmetry of two graphs of 36 arcs."""
    score = graph_similarity(
        body.graph("graph_a"),
        body.graph("graph_b"),
        tolerance_mm=body.equality_tolerance_mm,
        points=body.interpolation_points,
    )
    return answer(
        body,
        {"similarity_score": score},
        lambda: meta(
            units={"similarity_score": "1", "graph_a": "mm", "graph_b": "mm"},
            parameters=body.parameters(),
            references=RNFL_LITERATURE,
        ),
    )
