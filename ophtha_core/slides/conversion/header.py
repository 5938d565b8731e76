"""The header of a converted slide (PS3.3 A.32.8): what the file says, and nothing that nobody knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.coding import Code
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGLSLossless, VLWholeSlideMicroscopyImageStorage

from ophtha_core.dicom.derived_header import MANUFACTURER, SERIAL_NUMBER, SOFTWARE_VERSION, derived_uid
from ophtha_core.slides.conversion.source import SourceImage
from ophtha_core.slides.icc import srgb_profile

RATIO_PLACEHOLDER: Final = "99999.123456789"
"""Of a compression that is not done yet; as long as what takes its place."""
LARGEST_PART: Final = 2048
"""Frames of one instance: some hundred megabytes."""
_MODEL: Final = "Slide conversion"
_UNKNOWN_DEPTH_UM: Final = 1.0
_BRIGHTFIELD: Final = Code("111744", "DCM", "Brightfield illumination")
_FULL_SPECTRUM: Final = Code("414298005", "SCT", "Full Spectrum")
_SLIDE: Final = Code("433466003", "SCT", "Microscope slide")


@dataclass(frozen=True)
class SlideIdentity:
    """Who a slide is: ``key`` makes its identifiers, each time the same; ``name`` is that of its file."""

    key: str
    name: str
    created: datetime


@dataclass(frozen=True)
class StoredPicture:
    """One instance: a level or a picture beside the pyramid. Sizes in pixels."""

    flavour: str
    number: int
    width_px: int
    height_px: int
    tile_px: tuple[int, int]
    """Width and height."""
    factor: int

    @property
    def frames(self) -> int:
        return -(-self.width_px // self.tile_px[0]) * -(-self.height_px // self.tile_px[1])


@dataclass(frozen=True)
class Part:
    """Some of the frames of a level, in an instance of their own; ``number`` counts from 1."""

    number: int
    first_frame: int
    frames: int


def parts_of(picture: StoredPicture) -> list[Part]:
    """A level in pieces that a PACS can hold in memory."""
    return [
        Part(number, first, min(LARGEST_PART, picture.frames - first))
        for number, first in enumerate(range(0, picture.frames, LARGEST_PART), start=1)
    ]


def header_of(source: SourceImage, picture: StoredPicture, part: Part, identity: SlideIdentity) -> Dataset:
    """Everything before the pixels, with file meta information."""
    dataset = Dataset()
    _set_identity(dataset, picture, part, identity)
    _set_study(dataset, identity)
    _set_specimen(dataset, identity)
    _set_pixels(dataset, source, picture, part)
    _set_place(dataset, source, picture, identity)
    return dataset


def _set_identity(dataset: Dataset, picture: StoredPicture, part: Part, identity: SlideIdentity) -> None:
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = VLWholeSlideMicroscopyImageStorage
    dataset.SOPInstanceUID = derived_uid(f"{identity.key} instance {picture.number} {part.number}")
    if part.frames < picture.frames:
        dataset.ConcatenationUID = derived_uid(f"{identity.key} concatenation {picture.number}")
        dataset.SOPInstanceUIDOfConcatenationSource = derived_uid(f"{identity.key} instance {picture.number}")
        dataset.ConcatenationFrameOffsetNumber, dataset.InConcatenationNumber = part.first_frame, part.number
    dataset.StudyInstanceUID = derived_uid(f"{identity.key} study")
    dataset.SeriesInstanceUID = derived_uid(f"{identity.key} series")
    dataset.FrameOfReferenceUID = derived_uid(f"{identity.key} frame of reference")
    dataset.PositionReferenceIndicator = "SLIDE_CORNER"
    resampled = "RESAMPLED" if picture.factor > 1 else "NONE"
    dataset.ImageType = ["ORIGINAL" if picture.factor == 1 else "DERIVED", "PRIMARY", picture.flavour, resampled]
    dataset.SeriesNumber, dataset.InstanceNumber = 1, picture.number


def _set_study(dataset: Dataset, identity: SlideIdentity) -> None:
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "AccessionNumber"):
        setattr(dataset, keyword, "")
    dataset.ReferringPhysicianName = ""
    day, time = identity.created.strftime("%Y%m%d"), identity.created.strftime("%H%M%S")
    dataset.StudyDate = dataset.ContentDate = day
    dataset.StudyTime = dataset.ContentTime = time
    dataset.AcquisitionDateTime = day + time
    dataset.Modality, dataset.SeriesDescription = "SM", identity.name[:64]
    dataset.Manufacturer, dataset.ManufacturerModelName = MANUFACTURER, _MODEL
    dataset.DeviceSerialNumber, dataset.SoftwareVersions = SERIAL_NUMBER, SOFTWARE_VERSION


def _set_specimen(dataset: Dataset, identity: SlideIdentity) -> None:
    dataset.ContainerIdentifier = identity.name[:64]
    dataset.IssuerOfTheContainerIdentifierSequence = []
    dataset.ContainerTypeCodeSequence = [_coded(_SLIDE)]
    specimen = Dataset()
    specimen.SpecimenIdentifier = identity.name[:64]
    specimen.SpecimenUID = derived_uid(f"{identity.key} specimen")
    specimen.IssuerOfTheSpecimenIdentifierSequence = []
    specimen.SpecimenPreparationSequence = []
    dataset.SpecimenDescriptionSequence = [specimen]
    dataset.AcquisitionContextSequence = []


def _set_pixels(dataset: Dataset, source: SourceImage, picture: StoredPicture, part: Part) -> None:
    is_colour = source.samples == 3
    syntax = syntax_of(source)
    dataset.Columns, dataset.Rows = picture.tile_px
    dataset.NumberOfFrames = part.frames
    dataset.SamplesPerPixel = source.samples
    if is_colour:
        dataset.PlanarConfiguration = 0
    colours = "YBR_FULL_422" if syntax == JPEGBaseline8Bit else "RGB"
    dataset.PhotometricInterpretation = colours if is_colour else "MONOCHROME2"
    if not is_colour:
        dataset.PresentationLUTShape, dataset.RescaleIntercept, dataset.RescaleSlope = "IDENTITY", 0, 1
    dataset.BitsAllocated = dataset.BitsStored = source.bits
    dataset.HighBit, dataset.PixelRepresentation = source.bits - 1, 0
    dataset.LossyImageCompression = "01" if source.is_lossy else "00"
    if syntax == JPEGBaseline8Bit:
        dataset.LossyImageCompressionMethod = "ISO_10918_1"
        dataset.LossyImageCompressionRatio = RATIO_PLACEHOLDER
    dataset.BurnedInAnnotation = dataset.SpecimenLabelInImage = "YES" if picture.flavour == "LABEL" else "NO"
    dataset.ExtendedDepthOfField, dataset.FocusMethod, dataset.VolumetricProperties = "NO", "AUTO", "VOLUME"
    path = Dataset()
    path.OpticalPathIdentifier = "1"
    path.IlluminationTypeCodeSequence = [_coded(_BRIGHTFIELD)]
    path.IlluminationColorCodeSequence = [_coded(_FULL_SPECTRUM)]
    if is_colour:
        profile = source.profile or srgb_profile()
        path.ICCProfile = profile + bytes(len(profile) % 2)
    if source.magnification is not None:
        path.ObjectiveLensPower = source.magnification
    dataset.OpticalPathSequence, dataset.NumberOfOpticalPaths = [path], 1
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    dataset.file_meta = meta


def _set_place(dataset: Dataset, source: SourceImage, picture: StoredPicture, identity: SlideIdentity) -> None:
    dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = picture.width_px, picture.height_px
    dataset.TotalPixelMatrixFocalPlanes = 1
    dataset.DimensionOrganizationType = "TILED_FULL"
    organization = Dataset()
    organization.DimensionOrganizationUID = derived_uid(f"{identity.key} dimensions")
    dataset.DimensionOrganizationSequence = [organization]
    dataset.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    origin = Dataset()
    origin.XOffsetInSlideCoordinateSystem = origin.YOffsetInSlideCoordinateSystem = 0
    dataset.TotalPixelMatrixOriginSequence = [origin]
    shared = Dataset()
    kind = Dataset()
    kind.FrameType = list(dataset.ImageType)
    shared.WholeSlideMicroscopyImageFrameTypeSequence = [kind]
    path = Dataset()
    path.OpticalPathIdentifier = "1"
    shared.OpticalPathIdentificationSequence = [path]
    if source.spacing_um is not None and picture.flavour == "VOLUME":
        x_mm, y_mm = (each / 1000 for each in source.spacing_um)
        dataset.ImagedVolumeWidth, dataset.ImagedVolumeHeight = x_mm * source.width_px, y_mm * source.height_px
        dataset.ImagedVolumeDepth = _UNKNOWN_DEPTH_UM
        measures = Dataset()
        measures.PixelSpacing = [_decimal(y_mm * picture.factor), _decimal(x_mm * picture.factor)]
        measures.SliceThickness = _UNKNOWN_DEPTH_UM / 1000
        shared.PixelMeasuresSequence = [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]


def syntax_of(source: SourceImage) -> UID:
    """JPEG for what was compressed with loss before, JPEG-LS without loss for all else."""
    return JPEGBaseline8Bit if source.is_lossy and source.bits == 8 else JPEGLSLossless


def _decimal(value: float) -> str:
    """As a decimal string of at most 16 characters."""
    return f"{value:.10g}"[:16]


def _coded(code: Code) -> Dataset:
    coded = Dataset()
    coded.CodeValue, coded.CodingSchemeDesignator, coded.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return coded
