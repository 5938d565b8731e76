"""A stored volume and the segmentations a request brings for it, checked against each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.enface import EnFaceGrid, Laterality, require_on_scan
from ophtha_core.oct.full_retina import RetinaLayers, retina_layers, segmented_columns
from ophtha_core.oct.segmented_scan import SegmentedScan
from plugin.service.oct.archive.landmarks import FoundLandmarks, read_landmarks
from plugin.service.oct.archive.requests import ReportRequest
from plugin.service.oct.arrays import Floats
from plugin.service.oct.instances import outlines_by_slice
from plugin.service.oct.requests import GCC_LAYERS

NERVE_REACH_MM = 1.5
"""Radius of the inner ring: with the disc inside it, the grid is not about the fovea."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Examination:
    """What there is to analyse; every part that was not given is None."""

    volume: OctVolume
    request: ReportRequest
    laterality: Laterality | None
    centre: tuple[float, float] | None
    layers: SegmentedScan | None
    pathologies: SegmentedScan | None
    landmarks: FoundLandmarks

    @property
    def grid(self) -> EnFaceGrid:
        """Canonical grid with its centre and its eye."""
        geometry = self.volume.geometry
        return geometry.orientation.grid(
            shape=(geometry.num_slices, geometry.columns),
            slice_spacing_mm=geometry.slice_spacing_mm,
            column_spacing_mm=geometry.pixel_spacing_column_mm,
            laterality=self.laterality,
            centre=self.centre,
        )

    @cached_property
    def layer_maps_px(self) -> dict[str, Floats]:
        """Thickness of every layer (slices, columns), NaN where no layer was segmented."""
        if self.layers is None:
            return {}
        measured = segmented_columns(self.layers)
        maps = self.layers.thickness_px(self.layers.classes)
        return {name: np.where(measured, values, np.nan) for name, values in maps.items()}

    @cached_property
    def pathology_maps_px(self) -> dict[str, Floats]:
        """Thickness of every pathology (slices, columns)."""
        return {} if self.pathologies is None else self.pathologies.thickness_px(self.pathologies.classes)

    @cached_property
    def retina(self) -> RetinaLayers | None:
        """The classes that make the retina; None without layers."""
        if self.layers is None or not self.layers.classes:
            return None
        return retina_layers(self.layers, self.layer_maps_px)

    @cached_property
    def ganglion_layers(self) -> tuple[str, ...] | None:
        """Classes of the ganglion cell complex; None unless all three are there."""
        return self.named_layers(*GCC_LAYERS)

    def named_layers(self, *names: str) -> tuple[str, ...] | None:
        """The classes of these names, in any case; None unless all are there."""
        known = {} if self.layers is None else {each.strip().lower(): each for each in self.layers.classes}
        return tuple(known[name] for name in names) if all(name in known for name in names) else None

    @cached_property
    def centre_is_on_the_nerve(self) -> bool:
        """No centre was given, and the scan's middle lies within 1.5 mm of the optic disc: it is not the macula's."""
        if self.centre is not None:
            return False
        geometry, grid = self.volume.geometry, self.grid
        middle = grid.centre_point
        for index, points in self.landmarks.nerve.items():
            for column in points[:, 0]:
                place = geometry.orientation.canonical_point(
                    column=float(column), slice_index=index, shape=(geometry.num_slices, geometry.columns)
                )
                away_x = (place.column - middle.column) * grid.column_spacing_mm
                away_y = (place.row - middle.row) * grid.row_spacing_mm
                if np.hypot(away_x, away_y) < NERVE_REACH_MM:
                    return True
        return False

    def scan_parameters(self) -> dict[str, object]:
        """The geometry as the requests of the analytic endpoints name it."""
        geometry = self.volume.geometry
        return {
            "scan_protocol": geometry.orientation.protocol,
            "slice_direction": geometry.orientation.slice_direction,
            "pixel_direction": geometry.orientation.pixel_direction,
            "pixel_spacing_row": geometry.pixel_spacing_row_mm,
            "pixel_spacing_column": geometry.pixel_spacing_column_mm,
            "slice_thickness": geometry.slice_spacing_mm,
            "laterality": self.laterality,
            "exam_center_coordinate_xz": self.centre,
        }


def examine(volume: OctVolume, request: ReportRequest) -> Examination:
    """The request checked against the volume. Raises InvalidInput naming the field."""
    geometry = volume.geometry
    landmarks = FoundLandmarks()
    if request.landmarks is not None:
        landmarks = read_landmarks(request.landmarks, num_slices=geometry.num_slices)
    centre = request.exam_center_coordinate_xz
    shape = (geometry.num_slices, geometry.columns)
    for field, place in (("exam_center_coordinate_xz", centre), ("landmarks", landmarks.fovea)):
        if place is not None:
            require_on_scan(field, place, shape)
    return Examination(
        volume=volume,
        request=request,
        laterality=_laterality(geometry.laterality, request.laterality),
        centre=centre or landmarks.fovea,
        layers=_segmented(request.layers, volume, field="layers"),
        pathologies=_segmented(request.pathologies, volume, field="pathologies"),
        landmarks=landmarks,
    )


def _laterality(stored: Laterality | None, given: Laterality | None) -> Laterality | None:
    if stored is not None and given is not None and stored is not given:
        raise InvalidInput("laterality", f"contradicts the image, which shows the eye {stored.value}")
    return stored or given


def _segmented(slices: Sequence[object] | None, volume: OctVolume, *, field: str) -> SegmentedScan | None:
    if slices is None:
        return None
    geometry = volume.geometry
    if len(slices) != geometry.num_slices:
        raise InvalidInput(field, f"has {len(slices)} entries, the volume {geometry.num_slices} B-scans")
    for index, entry in enumerate(slices):
        _require_size(entry, f"{field}[{index}].metadata", width=geometry.columns, height=geometry.rows)
    return SegmentedScan(slices=outlines_by_slice(slices, field=field), width=geometry.columns, height=geometry.rows)


def _require_size(entry: object, field: str, *, width: int, height: int) -> None:
    """Raise InvalidInput where a slice was segmented on an image of another size."""
    metadata = entry.get("metadata") if isinstance(entry, dict) else None
    if not isinstance(metadata, dict):
        return
    for name, expected in (("width", width), ("height", height)):
        if name in metadata and metadata[name] != expected:
            raise InvalidInput(f"{field}.{name}", f"is not the {name} of the volume's B-scans, {expected}")
