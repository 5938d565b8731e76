"""Frames as JSON."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ophtha_core.dicom.geometry import SlicePlane
from ophtha_core.display.frame import Shown, Window
from ophtha_core.display.stack import Stack, StackedFrame

Triple = tuple[float, float, float]


class PlaneDescription(BaseModel):
    """Patient mm (LPS) = origin + column x column_step + row x row_step, pixel centres at whole numbers."""

    origin_mm: Triple
    column_step_mm: Triple
    row_step_mm: Triple


class FrameDescription(BaseModel):
    """One frame: its file, its number in it from 0, its size in pixels, its place in the patient if it has one."""

    instance: str
    frame: int
    rows: int
    columns: int
    pixel_aspect: float = Field(description="Height of a pixel over its width")
    plane: PlaneDescription | None


class WindowDescription(BaseModel):
    """Range of output values from black to white."""

    center: float
    width: float


class SeriesFrames(BaseModel):
    """The frames of a series in the order in which one leafs through them."""

    series: str
    is_volume: bool = Field(description="Parallel slices of one size: there is a display volume")
    grey: bool
    value_range: tuple[float, float] = Field(description="Smallest and largest value that can be stored")
    window: WindowDescription | None = Field(description="The first window that the images state")
    frames: list[FrameDescription]


class PreviewRequest(BaseModel):
    """What to show of a frame as masking would leave it."""

    model_config = ConfigDict(extra="forbid")

    MaskPixelData: JsonValue = Field(description="As in `/plugins/pixels-masker/{level}/{id}/modify`")
    Show: Shown = Shown.AFTER
    WindowCenter: float | None = None
    WindowWidth: float | None = None

    @property
    def window(self) -> Window | None:
        return window_of(self.WindowCenter, self.WindowWidth)


class HitsRequest(BaseModel):
    """The mask whose reach is asked for."""

    model_config = ConfigDict(extra="forbid")

    MaskPixelData: JsonValue = Field(description="As in `/plugins/pixels-masker/{level}/{id}/modify`")


class InstanceHits(BaseModel):
    """Zero-based frames of an instance of which at least one pixel is masked."""

    Instance: str
    Frames: list[int]


class RegionHits(BaseModel):
    """What one region reaches; ``FrameCount`` of the resource's ``Frames``."""

    FrameCount: int
    Instances: list[InstanceHits]


class Hits(BaseModel):
    """What each region reaches, in the order of the regions, and all of them together."""

    Frames: int = Field(description="Frames of the resource")
    FrameCount: int = Field(description="Frames that at least one region hits")
    Regions: list[RegionHits]
    Unreadable: list[str] = Field(description="Instances that a 3D region is meant for but that have no place in space")


def window_of(centre: float | None, width: float | None) -> Window | None:
    """The window of a request; None without both numbers."""
    return None if centre is None or width is None else Window(centre=centre, width=width)


def frames_of(stack: Stack) -> list[FrameDescription]:
    """The frames of a stack as JSON."""
    return [_frame(each) for each in stack.frames]


def _frame(frame: StackedFrame) -> FrameDescription:
    return FrameDescription(
        instance=frame.instance,
        frame=frame.frame,
        rows=frame.rows,
        columns=frame.columns,
        pixel_aspect=frame.pixel_aspect,
        plane=None if frame.plane is None else _plane(frame.plane),
    )


def _plane(plane: SlicePlane) -> PlaneDescription:
    return PlaneDescription(
        origin_mm=plane.origin_mm, column_step_mm=plane.column_step_mm, row_step_mm=plane.row_step_mm
    )
