"""Planes of the B-scans in the patient, for objects that need them, also where the source has none to be trusted.

Made planes lie as the frames lie on the fundus image: image right is the patient's left, superior the head, depth
posterior (LPS, mm). They get a frame of reference of their own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID

from ophtha_core.dicom.derived_header import derived_uid, patient_and_study
from ophtha_core.oct.dicom.geometry import planes_agree
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.scan_lines import ScanLines


@dataclass(frozen=True, kw_only=True)
class VolumePlanes:
    """Centre of the first pixel of every B-scan, shape (slices, 3), and the direction cosines they share."""

    positions_mm: NDArray[np.float64]
    cosines: tuple[float, ...]
    frame_of_reference_uid: UID
    made: bool


def volume_planes(volume: OctVolume) -> VolumePlanes:
    """The source's own planes where they agree with the geometry, else planes made from it."""
    source = volume.source
    if planes_agree(volume.bscans, volume.geometry):
        positions = np.array([bscan.position_mm for bscan in volume.bscans], dtype=np.float64)
        return VolumePlanes(
            positions_mm=positions,
            cosines=tuple(volume.bscans[0].cosines or ()),
            frame_of_reference_uid=UID(source.get("FrameOfReferenceUID") or _own_frame_of_reference(volume)),
            made=False,
        )
    lines = volume.geometry.lines_mm or _centred_lines(volume)
    along = lines.direction()
    first = lines.starts
    return VolumePlanes(
        positions_mm=np.column_stack([first[:, 0], np.zeros(len(first)), -first[:, 1]]),
        cosines=(float(along[0]), 0.0, -float(along[1]), 0.0, 1.0, 0.0),
        frame_of_reference_uid=_own_frame_of_reference(volume),
        made=True,
    )


def placed_sources(volume: OctVolume, planes: VolumePlanes) -> list[Dataset]:
    """The source images without pixels, with these planes: what an object is built from that is placed by them."""
    sources = {bscan.source.SOPInstanceUID: bscan.source for bscan in volume.bscans}
    if len(sources) == 1:
        return [_multi_frame(volume, planes)]
    return [_single_frame(volume, planes, index) for index in range(len(volume.bscans))]


def _own_frame_of_reference(volume: OctVolume) -> UID:
    return derived_uid(f"frame of reference {volume.source.SeriesInstanceUID} {volume.source.SOPInstanceUID}")


def _centred_lines(volume: OctVolume) -> ScanLines:
    """Evenly spaced lines about the origin, as the geometry has them."""
    geometry = volume.geometry
    flags = geometry.orientation
    half = (geometry.columns - 1) * geometry.pixel_spacing_column_mm / 2 * (-1 if flags.flips_pixels else 1)
    steps = np.arange(geometry.num_slices) - (geometry.num_slices - 1) / 2
    across = steps * geometry.slice_spacing_mm * (-1 if flags.flips_slices else 1)
    starts, ends = (np.column_stack([np.full_like(across, end), across]) for end in (-half, half))
    if flags.is_vertical:
        starts, ends = starts[:, ::-1], ends[:, ::-1]
    turn = np.radians(geometry.rotation_deg)
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return ScanLines(starts=starts @ turned, ends=ends @ turned, field="geometry", resolution=0.0)


def _header(volume: OctVolume, source: Dataset, planes: VolumePlanes) -> Dataset:
    header = patient_and_study(source)
    for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"):
        setattr(header, keyword, source.get(keyword))
    header.Modality = source.get("Modality") or "OPT"
    header.FrameOfReferenceUID = planes.frame_of_reference_uid
    header.PositionReferenceIndicator = source.get("PositionReferenceIndicator") or ""
    header.Rows, header.Columns = volume.geometry.rows, volume.geometry.columns
    return header


def _measures(volume: OctVolume, item: Dataset) -> Dataset:
    geometry = volume.geometry
    item.PixelSpacing = [round(geometry.pixel_spacing_row_mm, 9), round(geometry.pixel_spacing_column_mm, 9)]
    item.SliceThickness = item.SpacingBetweenSlices = round(geometry.slice_spacing_mm, 9)
    return item


def _multi_frame(volume: OctVolume, planes: VolumePlanes) -> Dataset:
    header = _header(volume, volume.source, planes)
    header.NumberOfFrames = len(volume.bscans)
    orientation = Dataset()
    orientation.ImageOrientationPatient = _decimals(planes.cosines)
    shared = Dataset()
    shared.PixelMeasuresSequence = DicomSequence([_measures(volume, Dataset())])
    shared.PlaneOrientationSequence = DicomSequence([orientation])
    header.SharedFunctionalGroupsSequence = DicomSequence([shared])
    frames = []
    for place in planes.positions_mm:
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = _decimals(place)
        frame.PlanePositionSequence = DicomSequence([position])
        frames.append(frame)
    header.PerFrameFunctionalGroupsSequence = DicomSequence(frames)
    return header


def _single_frame(volume: OctVolume, planes: VolumePlanes, index: int) -> Dataset:
    header = _measures(volume, _header(volume, volume.bscans[index].source, planes))
    header.ImageOrientationPatient = _decimals(planes.cosines)
    header.ImagePositionPatient = _decimals(planes.positions_mm[index])
    return header


def _decimals(values: "NDArray[np.float64] | tuple[float, ...]") -> list[float]:
    # A decimal string holds 16 characters; a tenth of a nanometre is enough.
    return [round(float(value), 7) + 0.0 for value in values]
