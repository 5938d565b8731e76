"""Ultrasound clip in colour with the patient's name burned into the picture."""

from typing import Final

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

from ophtha_core.phantoms.demo_study import new_object

STUDY: Final = "Ultrasound phantom"
BANNER_HEIGHT_FRACTION: Final = 0.1
_BANNER_TEXT: Final = "DOE, JANE   1961-03-17   ID PHANTOM-1"
_FRAME_TIME_MS: Final = "66"
_JPEG_QUALITY: Final = 92

Picture = NDArray[np.uint8]


def ultrasound(*, rows: int = 480, columns: int = 640, frames: int = 8) -> FileDataset:
    """Uncompressed RGB, interleaved."""
    dataset = _headers(rows, columns, frames, series="RGB clip", number=1)
    dataset.PhotometricInterpretation = "RGB"
    dataset.PixelData = b"".join(_picture(rows, columns, frame).tobytes() for frame in range(frames))
    return dataset


def ultrasound_jpeg(*, rows: int = 480, columns: int = 640, frames: int = 8) -> FileDataset:
    """JPEG Baseline with half-width chroma, as most scanners send it."""
    dataset = _headers(rows, columns, frames, series="JPEG clip", number=2)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    encoded = [
        bytes(imagecodecs.jpeg8_encode(_picture(rows, columns, frame), level=_JPEG_QUALITY, subsampling="422"))
        for frame in range(frames)
    ]
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = f"{rows * columns * 3 * frames / sum(map(len, encoded)):.2f}"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    dataset.PixelData = encapsulate(encoded)
    dataset["PixelData"].is_undefined_length = True
    return dataset


def _headers(rows: int, columns: int, frames: int, *, series: str, number: int) -> FileDataset:
    dataset = new_object(
        sop_class=UltrasoundMultiFrameImageStorage,
        modality="US",
        study=STUDY,
        series=series,
        series_number=number,
        instance_number=1,
    )
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "", "0001"]
    dataset.BurnedInAnnotation = "YES"
    dataset.Laterality = ""
    dataset.PatientOrientation = ""
    dataset.LossyImageCompression = "00"
    dataset.FrameTime = _FRAME_TIME_MS
    dataset.FrameIncrementPointer = 0x00181063
    dataset.NumberOfFrames = frames
    dataset.SamplesPerPixel = 3
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.SequenceOfUltrasoundRegions = [_tissue_region(rows, columns)]
    return dataset


def _tissue_region(rows: int, columns: int) -> Dataset:
    region = Dataset()
    region.RegionSpatialFormat = 1
    region.RegionDataType = 1
    region.RegionFlags = 0
    region.RegionLocationMinX0 = 0
    region.RegionLocationMinY0 = round(rows * BANNER_HEIGHT_FRACTION)
    region.RegionLocationMaxX1 = columns - 1
    region.RegionLocationMaxY1 = rows - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.03
    return region


def _picture(rows: int, columns: int, frame: int) -> Picture:
    """Speckle in a sector, two vessels with coloured flow, a grey scale, and the banner."""
    rng = np.random.default_rng(frame)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    apex_x, apex_y = columns / 2, rows * 0.02
    depth = np.hypot(x - apex_x, y - apex_y) / rows
    angle = np.arctan2(x - apex_x, y - apex_y)
    sector = (np.abs(angle) < 0.62) & (depth > 0.16) & (depth < 0.95)
    layers = 95 + 45 * np.sin(24 * depth + 0.8 * np.sin(5 * angle + 0.25 * frame)) - 40 * depth
    speckle = cv2.GaussianBlur(rng.rayleigh(0.8, (rows, columns)), (0, 0), 1.1)
    grey = np.where(sector, np.clip(layers * speckle, 0, 235), 0)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    pulse = 0.6 + 0.4 * np.sin(0.8 * frame)
    for centre_angle, centre_depth, colour in ((-0.18, 0.5, (230, 60, 30)), (0.16, 0.55, (40, 80, 230))):
        inside = ((angle - centre_angle) / 0.09) ** 2 + ((depth - centre_depth) / 0.05) ** 2 < 1
        picture[inside] = np.array(colour) * pulse + rng.normal(0, 9, (int(inside.sum()), 3))
    bar = (x > columns * 0.95) & (x < columns * 0.975) & (y > rows * 0.2) & (y < rows * 0.8)
    picture[bar] = (255 * (0.8 - y[bar] / rows) / 0.6)[:, None]
    shown = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
    height = round(rows * BANNER_HEIGHT_FRACTION)
    shown[:height] = (12, 24, 48)
    scale = columns / 900
    baseline = round(height * 0.68)
    cv2.putText(
        shown, _BANNER_TEXT, (columns // 40, baseline), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA
    )
    return shown
