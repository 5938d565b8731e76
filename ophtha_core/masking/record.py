"""What a masked image records about itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from ophtha_core.dicom.derivation import Code, append_codes, record_derivation
from ophtha_core.masking.region import MeanFilter, Region

PIXEL_MASK: Final = Code(value="113047", meaning="Pixel by pixel mask")
SMOOTHING: Final = Code(value="113087", meaning="Smoothing")
CLEAN_PIXEL_DATA: Final = Code(value="113101", meaning="Clean Pixel Data Option")
CLEAN_VISUAL_FEATURES: Final = Code(value="113102", meaning="Clean Recognizable Visual Features Option")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the caller, who has seen the pictures, vouches for; never assumed, since a mean filter is only a blur."""

    clean_pixel_data: bool = False
    clean_recognizable_visual_features: bool = False


def record_masking(dataset: Dataset, regions: Sequence[Region], claims: Claims) -> None:
    """Mark the image as derived by masking with ``regions``, and make the caller's claims."""
    smoothed = any(isinstance(region.paint, MeanFilter) for region in regions)
    record_derivation(
        dataset,
        description="Pixels masked: " + "; ".join(dict.fromkeys(str(region) for region in regions)),
        codes=(PIXEL_MASK, SMOOTHING) if smoothed else (PIXEL_MASK,),
    )
    if claims.clean_pixel_data:
        dataset.BurnedInAnnotation = "NO"
        append_codes(dataset, "DeidentificationMethodCodeSequence", (CLEAN_PIXEL_DATA,))
    if claims.clean_recognizable_visual_features:
        dataset.RecognizableVisualFeatures = "NO"
        append_codes(dataset, "DeidentificationMethodCodeSequence", (CLEAN_VISUAL_FEATURES,))


def record_extremes(dataset: Dataset, extremes: tuple[int, int] | None, *, signed: bool) -> None:
    """Correct Smallest- and LargestImagePixelValue where present; remove what 16 bits cannot hold."""
    limits = (-(2**15), 2**15 - 1) if signed else (0, 2**16 - 1)
    for index, tag in enumerate((0x00280106, 0x00280107)):
        if tag not in dataset:
            continue
        if extremes is None or not limits[0] <= extremes[index] <= limits[1]:
            del dataset[tag]
        else:
            dataset[tag] = DataElement(tag, "SS" if signed else "US", extremes[index])
