"""A stored volume and the segmentations a request brings for it, checked against each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.geometry import OctGeometry, require_plausible
from ophtha_core.oct.dicom.supplied import with_supplied
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint, Laterality, require_on_scan
from ophtha_core.oct.fovea import find_fovea
from ophtha_core.oct.full_retina import RetinaLayers, columns_without, retina_layers, without_gaps
from ophtha_core.oct.layer_surfaces import LayerSurfaces
from ophtha_core.oct.macula import Axis, Centre, CentreSource, macular_axis
from ophtha_core.oct.measurements import PixelSize
from ophtha_core.oct.optic_disc import NerveScan, NerveSlice, vitreous_border
from ophtha_core.oct.segmented_scan import SegmentedScan
from ophtha_core.oct.thickness import ThicknessMap, ThicknessUnit, sum_of_layers, um_per_unit
from plugin.service.oct.archive.landmarks import FoundLandmarks, read_landmarks
from plugin.service.oct.archive.requests import CENTRE, ReportRequest
from plugin.service.oct.archive.stored_layers import FoundLayers
from plugin.service.oct.arrays import Floats
from plugin.service.oct.instances import outlines_by_slice
from plugin.service.oct.requests import DEFAULT_ZONE_MM, GCC_LAYERS, Geometry, Uncovered

NERVE_REACH_MM = 1.5
"""Radius of the inner ring: with the disc inside it, the grid is not about the fovea."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Examination:
    """What there is to analyse; every part that was not given is None.

    The geometry of the volume is that of its file with what the request gave where the file is silent.
    """

    volume: OctVolume
    request: ReportRequest
    given_centre: tuple[float, float] | None
    layers: SegmentedScan | None
    pathologies: SegmentedScan | None
    landmarks: FoundLandmarks
    surfaces: LayerSurfaces | None = None
    """What the layers were drawn from, where they are stored as surfaces."""
    computed_by: str = ""
    """Name and version of the algorithm of this service that found the layers, which nobody reviewed; else empty."""

    @property
    def geometry(self) -> OctGeometry:
        """Geometry of the volume."""
        return self.volume.geometry

    @property
    def supplied(self) -> tuple[str, ...]:
        """Names of what the request says of the scan and its file does not."""
        centre = () if self.given_centre is None else (CENTRE,)
        return tuple(sorted({*self.geometry.supplied, *centre}))

    @property
    def laterality(self) -> Laterality | None:
        """The eye, where the image or the request says it."""
        return self.geometry.laterality

    @property
    def is_computed(self) -> bool:
        """The layers were found by this service and reviewed by nobody."""
        return bool(self.computed_by)

    @cached_property
    def centre(self) -> Centre:
        """Where circles are put: given, the fovea found in the layers, else the middle of the scan."""
        if self.given_centre is not None:
            return Centre(column=self.given_centre[0], slice_index=self.given_centre[1], source=CentreSource.GIVEN)
        if self.landmarks.fovea is not None:
            column, index = self.landmarks.fovea
            return Centre(column=column, slice_index=index, source=CentreSource.LANDMARKS)
        found = None if self._pit_classes is None else find_fovea(self._sum_um(self._pit_classes, self.geometry.grid()))
        if found is not None:
            shape = (self.geometry.num_slices, self.geometry.columns)
            column, index = self.geometry.orientation.scanned_point(found, shape=shape)
            return Centre(column=column, slice_index=index, source=CentreSource.FOUND)
        return Centre(
            column=(self.geometry.columns - 1) / 2,
            slice_index=(self.geometry.num_slices - 1) / 2,
            source=CentreSource.MIDDLE,
        )

    @cached_property
    def grid(self) -> EnFaceGrid:
        """Canonical grid with its centre and its eye."""
        return self.geometry.grid(centre=(self.centre.column, self.centre.slice_index))

    @cached_property
    def axis(self) -> Axis:
        """What superior and inferior halves of the macula are told apart by."""
        disc = None if self.centre.is_assumed else self.disc_point
        return macular_axis(self.grid, disc=disc)

    @cached_property
    def layer_maps_px(self) -> dict[str, Floats]:
        """Thickness of every layer (slices, columns), NaN where no layer was segmented."""
        if self.layers is None:
            return {}
        if self.surfaces is not None:
            return self.surfaces.thickness_px()
        maps = self.layers.thickness_px(self.layers.classes)
        return maps if self.request.uncovered is Uncovered.ZERO else without_gaps(self.layers, maps)

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
        """Classes of the ganglion cell complex; None unless all of it is there."""
        return self.named_layers(*GCC_LAYERS) or self.named_layers("rnfl", "gcl_ipl")

    def named_layers(self, *names: str) -> tuple[str, ...] | None:
        """The classes of these names, in any case; None unless all are there."""
        known = {each.strip().lower(): each for each in self.layer_maps_px}
        return tuple(known[name] for name in names) if all(name in known for name in names) else None

    def thickness(self, classes: Sequence[str]) -> ThicknessMap:
        """Sum of some classes in µm, canonical, NaN where there is no tissue."""
        return self._sum_um(classes, self.grid)

    def zero_by_absence(self, classes: Sequence[str]) -> NDArray[np.bool_]:
        """Canonical cells where one of the classes is 0 only because it is absent where another one is present."""
        assert self.layers is not None
        if self.surfaces is not None:
            return np.zeros(self.grid.shape, dtype=np.bool_)
        absent = np.any([columns_without(self.layers, name) for name in classes], axis=0)
        return self.geometry.orientation.to_canonical(absent)

    def nerve_scan(self) -> NerveScan:
        """Landmarks and membrane of the slices through the nerve. Raises InvalidInput where they make no disc."""
        nerve, geometry = self.landmarks.nerve, self.geometry
        return NerveScan(
            slices=[
                NerveSlice(index=index, landmarks=points, membrane=self._membrane(index))
                for index, points in sorted(nerve.items(), key=lambda entry: entry[0])
            ],
            num_slices=geometry.num_slices,
            width=geometry.columns,
            orientation=geometry.orientation,
            slice_spacing_mm=geometry.slice_spacing_mm,
            pixel=PixelSize(
                column_spacing_mm=geometry.pixel_spacing_column_mm, row_spacing_mm=geometry.pixel_spacing_row_mm
            ),
        )

    @cached_property
    def disc_point(self) -> EnFacePoint | None:
        """Middle of the openings of Bruch's membrane; None where no landmarks of the nerve are known."""
        if not self.landmarks.nerve:
            return None
        ends = np.array([(each[:, 0].min(), each[:, 0].max()) for each in self.landmarks.nerve.values()])
        widths = np.ptp(ends, axis=1)
        if not widths.any():
            return None
        return self.geometry.orientation.canonical_point(
            column=float(np.average(ends.mean(axis=1), weights=widths)),
            slice_index=float(np.average(list(self.landmarks.nerve), weights=widths)),
            shape=(self.geometry.num_slices, self.geometry.columns),
        )

    @cached_property
    def centre_is_on_the_nerve(self) -> bool:
        """No fovea is known, and the scan's middle lies within 1.5 mm of the optic disc: it is not the macula's."""
        if not self.centre.is_assumed:
            return False
        shape = (self.geometry.num_slices, self.geometry.columns)
        places = [
            self.grid.place_mm(
                self.geometry.orientation.canonical_point(column=float(column), slice_index=index, shape=shape)
            )
            for index, points in self.landmarks.nerve.items()
            for column in points[:, 0]
        ]
        return any(np.hypot(*place) < NERVE_REACH_MM for place in places)

    def parameters(self) -> dict[str, object]:
        """The geometry as the requests of the analytic endpoints name it."""
        geometry = self.geometry
        return {
            "scan_protocol": geometry.orientation.protocol,
            "slice_direction": geometry.orientation.slice_direction,
            "pixel_direction": geometry.orientation.pixel_direction,
            "pixel_spacing_row": geometry.pixel_spacing_row_mm,
            "pixel_spacing_column": geometry.pixel_spacing_column_mm,
            "slice_thickness": geometry.slice_spacing_mm,
            "rotation_deg": geometry.rotation_deg,
            "laterality": self.laterality,
            "exam_center_coordinate_xz": [self.centre.column, self.centre.slice_index],
            "zone_of_interest": DEFAULT_ZONE_MM,
        }

    @property
    def _pit_classes(self) -> Sequence[str] | None:
        """Classes whose sum is thinnest at the foveal centre."""
        if self.retina is not None and self.retina.border is not None:
            return self.retina.classes
        return self.ganglion_layers

    def _sum_um(self, classes: Sequence[str], grid: EnFaceGrid) -> ThicknessMap:
        total = sum_of_layers(self.layer_maps_px, used=list(classes))
        row_um = um_per_unit(ThicknessUnit.PX, pixel_spacing_row_mm=self.geometry.pixel_spacing_row_mm)
        return ThicknessMap(grid=grid, values=self.geometry.orientation.to_canonical(total) * row_um)

    def _membrane(self, index: int) -> Floats | None:
        """The ILM of a slice: the class of that name, else the vitreous border of the nerve fibre layer."""
        for name in ("ilm", "rnfl") if self.layers is not None else ():
            assert self.layers is not None
            drawn = [each.points for each in self.layers.slices[index] if each.name.strip().lower() == name]
            if drawn:
                # Of a layer that the disc interrupts, the pieces from left to right.
                borders = sorted((vitreous_border(points) for points in drawn), key=lambda border: float(border[0, 0]))
                return np.concatenate(borders)
        return None


def examine(volume: OctVolume, request: ReportRequest, stored: FoundLayers | None = None) -> Examination:
    """The request, with the stored layers where it brings none, checked against the volume.

    Raises InvalidInput naming the field.
    """
    surfaces = None if stored is None else stored.surfaces
    layers = request.layers if isinstance(request.layers, list) else None
    if stored is not None:
        layers = stored.outlines if surfaces is None else list(surfaces.outlines())
    given = request.geometry or Geometry()
    _require_same_size(volume.geometry, given)
    _require_same_eye(volume.geometry.laterality, request.laterality)
    geometry = with_supplied(volume.geometry, request.supplied())
    require_plausible(geometry)
    landmarks = FoundLandmarks()
    if request.landmarks is not None:
        landmarks = read_landmarks(request.landmarks, num_slices=geometry.num_slices)
    centre = request.supplied_centre()
    shape = (geometry.num_slices, geometry.columns)
    for field, place in ((CENTRE, centre), ("landmarks", landmarks.fovea)):
        if place is not None:
            require_on_scan(field, place, shape)
    return Examination(
        volume=replace(volume, geometry=geometry),
        request=request,
        given_centre=centre,
        layers=_segmented(layers, volume, field="layers"),
        pathologies=_segmented(request.pathologies, volume, field="pathologies"),
        landmarks=landmarks,
        surfaces=surfaces,
        computed_by="" if stored is None or not stored.used.computed else stored.used.named,
    )


def _require_same_size(geometry: OctGeometry, given: Geometry) -> None:
    known = {"pixel_image_height": geometry.rows, "pixel_image_width": geometry.columns}
    for name, value in (known | {"num_slices": geometry.num_slices}).items():
        if getattr(given, name) not in (None, value):
            raise InvalidInput(f"geometry.{name}", f"contradicts the image, which has {value}")


def _require_same_eye(stored: Laterality | None, given: Laterality | None) -> None:
    if stored is not None and given is not None and stored is not given:
        raise InvalidInput("laterality", f"contradicts the image, which shows the eye {stored.value}")


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
