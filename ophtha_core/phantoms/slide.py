"""A whole-slide image made by formula: a pink section with dark nuclei on white glass, as a DICOM pyramid."""

import io
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    VLWholeSlideMicroscopyImageStorage,
    generate_uid,
)

from ophtha_core.phantoms.dicom_object import blank_object, item, set_moment, set_patient

Pixels = npt.NDArray[np.uint8]
_BACKGROUND: Final = (243, 241, 244)
_STROMA: Final = (226, 168, 198)
_NUCLEUS: Final = (94, 58, 138)
_SPECIMEN_ROOT: Final = "1.2.826.0.1.3680043.8.498"


@dataclass(frozen=True)
class SlidePhantom:
    """What to make. ``spacing_um`` is the pixel size of the full resolution; ``seed`` moves the nuclei."""

    width_px: int = 2048
    height_px: int = 1536
    tile_px: int = 256
    levels: int = 3
    spacing_um: float = 0.5
    seed: int = 1
    syntax: UID = JPEGBaseline8Bit
    sparse: bool = False
    """Leave out the tiles that hold nothing but glass, and list the positions of the others."""


def slide_pixels(phantom: SlidePhantom) -> Pixels:
    """Full resolution, RGB (rows, columns, 3)."""
    random = np.random.default_rng(phantom.seed)
    rows, columns = np.mgrid[0 : phantom.height_px, 0 : phantom.width_px].astype(np.float32)
    x = columns / phantom.width_px - 0.5
    y = rows / phantom.height_px - 0.5
    waves = 0.04 * np.sin(14 * x + 3) + 0.03 * np.cos(17 * y) + 0.02 * np.sin(31 * (x + y))
    section = (x / 0.42) ** 2 + (y / 0.4) ** 2 < 1 + 4 * waves
    texture = 12 * np.sin(columns / 9 + 3 * np.sin(rows / 23)) + random.normal(0, 3, x.shape)
    pixels = np.empty((*x.shape, 3), dtype=np.float32)
    for channel in range(3):
        pixels[:, :, channel] = np.where(section, _STROMA[channel] + texture, _BACKGROUND[channel])
    count = phantom.width_px * phantom.height_px // 3000
    centres = random.uniform([6, 6], [phantom.height_px - 6, phantom.width_px - 6], (count, 2))
    for (row, column), radius in zip(centres, random.uniform(2.5, 5.5, count), strict=True):
        _draw_nucleus(pixels, section, float(row), float(column), float(radius))
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def slide_files(phantom: SlidePhantom) -> list[Dataset]:
    """The pyramid, one instance a level, ready to be written; identifiers derive from the phantom alone."""
    image = Image.fromarray(slide_pixels(phantom))
    pyramid = [image if level == 0 else image.reduce(2**level) for level in range(phantom.levels)]
    return [_instance(phantom, level, np.asarray(picture)) for level, picture in enumerate(pyramid)]


def file_bytes(dataset: Dataset) -> bytes:
    """The DICOM file of a data set."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _draw_nucleus(
    pixels: npt.NDArray[np.float32], section: npt.NDArray[np.bool_], row: float, column: float, radius: float
) -> None:
    if not section[int(row), int(column)]:
        return
    top, left = int(row - radius - 1), int(column - radius - 1)
    size = int(2 * radius + 4)
    part = pixels[max(top, 0) : top + size, max(left, 0) : left + size]
    y, x = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
    inside = (y + max(top, 0) - row) ** 2 + (x + max(left, 0) - column) ** 2 < radius**2
    part[inside] = _NUCLEUS


def _instance(phantom: SlidePhantom, level: int, pixels: Pixels) -> Dataset:
    dataset = _header(phantom, level, width=pixels.shape[1], height=pixels.shape[0])
    tiles = _tiles(phantom, pixels)
    dataset.NumberOfFrames = len(tiles)
    if phantom.sparse:
        dataset.PerFrameFunctionalGroupsSequence = [
            _frame_position(phantom, level, column=column, row=row) for column, row, _ in tiles
        ]
    else:
        dataset.DimensionOrganizationType = "TILED_FULL"
    frames = [_encode(tile, phantom.syntax) for _, _, tile in tiles]
    if phantom.syntax.is_compressed:
        dataset.PixelData = encapsulate(frames)
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    else:
        dataset.PixelData = b"".join(frames)
    return dataset


def _tiles(phantom: SlidePhantom, pixels: Pixels) -> list[tuple[int, int, Pixels]]:
    size = phantom.tile_px
    padded = np.pad(pixels, ((0, -pixels.shape[0] % size), (0, -pixels.shape[1] % size), (0, 0)), constant_values=255)
    tiles = [
        (column, row, padded[row : row + size, column : column + size])
        for row in range(0, padded.shape[0], size)
        for column in range(0, padded.shape[1], size)
    ]
    if not phantom.sparse:
        return tiles
    return [tile for tile in tiles if tile[2].min() < min(_BACKGROUND)] or tiles[:1]


def _encode(tile: Pixels, syntax: UID) -> bytes:
    if not syntax.is_compressed:
        return tile.tobytes()
    buffer = io.BytesIO()
    if syntax == JPEG2000Lossless:
        Image.fromarray(tile).save(buffer, "JPEG2000", irreversible=False, mct=1, no_jp2=True)
    else:
        Image.fromarray(tile).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _uid(phantom: SlidePhantom, *names: object) -> UID:
    return generate_uid(prefix=f"{_SPECIMEN_ROOT}.", entropy_srcs=[repr(phantom), *(str(name) for name in names)])


def _photometric(syntax: UID) -> str:
    return {JPEGBaseline8Bit: "YBR_FULL_422", JPEG2000Lossless: "YBR_RCT"}.get(syntax, "RGB")


def _header(phantom: SlidePhantom, level: int, *, width: int, height: int) -> Dataset:
    dataset = blank_object(
        sop_class=VLWholeSlideMicroscopyImageStorage,
        instance_uid=_uid(phantom, "instance", level),
        syntax=phantom.syntax if phantom.syntax.is_compressed else ExplicitVRLittleEndian,
    )
    dataset.StudyInstanceUID = _uid(phantom, "study")
    dataset.SeriesInstanceUID = _uid(phantom, "series")
    dataset.FrameOfReferenceUID = _uid(phantom, "frame of reference")
    dataset.PositionReferenceIndicator = "SLIDE_CORNER"
    set_patient(dataset, name="Phantom^Slide", patient_id=f"SLIDE-{phantom.seed}")
    set_moment(dataset, date="20260101", time="120000")
    dataset.AcquisitionDateTime = "20260101120000"
    dataset.AccessionNumber = dataset.StudyID = dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "Slide phantom"
    dataset.Modality, dataset.Manufacturer = "SM", "Phantom"
    dataset.ManufacturerModelName, dataset.DeviceSerialNumber, dataset.SoftwareVersions = "Phantom", "1", "1"
    dataset.SeriesNumber, dataset.InstanceNumber = 1, level + 1
    dataset.SeriesDescription = "Slide phantom"
    dataset.ImageType = [
        "ORIGINAL" if level == 0 else "DERIVED",
        "PRIMARY",
        "VOLUME",
        "NONE" if level == 0 else "RESAMPLED",
    ]
    dataset.Rows = dataset.Columns = phantom.tile_px
    dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = width, height
    dataset.DimensionOrganizationSequence = [item(DimensionOrganizationUID=_uid(phantom, "dimensions"))]
    dataset.TotalPixelMatrixFocalPlanes = dataset.NumberOfOpticalPaths = 1
    dataset.SamplesPerPixel, dataset.PlanarConfiguration = 3, 0
    dataset.PhotometricInterpretation = _photometric(phantom.syntax)
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.LossyImageCompression = "01" if phantom.syntax == JPEGBaseline8Bit else "00"
    if phantom.syntax == JPEGBaseline8Bit:
        dataset.LossyImageCompressionMethod, dataset.LossyImageCompressionRatio = "ISO_10918_1", 10
    dataset.BurnedInAnnotation = dataset.SpecimenLabelInImage = dataset.ExtendedDepthOfField = "NO"
    dataset.VolumetricProperties, dataset.FocusMethod = "VOLUME", "AUTO"
    dataset.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    dataset.ImagedVolumeWidth = phantom.width_px * phantom.spacing_um / 1000
    dataset.ImagedVolumeHeight = phantom.height_px * phantom.spacing_um / 1000
    dataset.ImagedVolumeDepth = 0.001
    dataset.TotalPixelMatrixOriginSequence = [
        item(XOffsetInSlideCoordinateSystem=20, YOffsetInSlideCoordinateSystem=40)
    ]
    spacing_mm = phantom.spacing_um / 1000 * 2**level
    dataset.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[
                item(PixelSpacing=[spacing_mm, spacing_mm], SliceThickness=0.001, SpacingBetweenSlices=0.001)
            ],
            WholeSlideMicroscopyImageFrameTypeSequence=[item(FrameType=list(dataset.ImageType))],
            OpticalPathIdentificationSequence=[item(OpticalPathIdentifier="1")],
        )
    ]
    dataset.OpticalPathSequence = [
        item(
            OpticalPathIdentifier="1",
            IlluminationTypeCodeSequence=[_code("111744", "DCM", "Brightfield illumination")],
            IlluminationColorCodeSequence=[_code("414298005", "SCT", "Full Spectrum")],
            ICCProfile=_srgb_profile(),
        )
    ]
    dataset.SpecimenDescriptionSequence = [
        item(
            SpecimenIdentifier="SLIDE-1",
            SpecimenUID=_uid(phantom, "specimen"),
            IssuerOfTheSpecimenIdentifierSequence=[],
            SpecimenPreparationSequence=[],
        )
    ]
    dataset.ContainerIdentifier = "SLIDE-1"
    dataset.IssuerOfTheContainerIdentifierSequence = []
    dataset.ContainerTypeCodeSequence = [_code("433466003", "SCT", "Microscope slide")]
    dataset.AcquisitionContextSequence = []
    return dataset


def _frame_position(phantom: SlidePhantom, level: int, *, column: int, row: int) -> Dataset:
    spacing_mm = phantom.spacing_um / 1000 * 2**level
    return item(
        PlanePositionSlideSequence=[
            item(
                ColumnPositionInTotalImagePixelMatrix=column + 1,
                RowPositionInTotalImagePixelMatrix=row + 1,
                XOffsetInSlideCoordinateSystem=20 - row * spacing_mm,
                YOffsetInSlideCoordinateSystem=40 - column * spacing_mm,
                ZOffsetInSlideCoordinateSystem=0,
            )
        ]
    )


@cache
def _srgb_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile + bytes(len(profile) % 2)


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)
