"""What an answer tells about its numbers when asked: `meta`."""

from collections.abc import Mapping, Sequence

NOTICE = "For research, not a diagnosis."

ETDRS_LITERATURE = (
    "Early Treatment Diabetic Retinopathy Study Research Group. Photocoagulation for diabetic macular edema. ETDRS "
    "Report Number 1. Arch Ophthalmol 1985;103:1796-1806.",
)
GCC_LITERATURE = (
    "Tan O, Li G, Lu AT, Varma R, Huang D. Mapping of macular substructures with optical coherence tomography for "
    "glaucoma diagnosis. Ophthalmology 2008;115:949-956.",
)
PPAA_LITERATURE = (
    "Asrani S, Rosdahl JA, Allingham RR. Novel software strategy for glaucoma diagnosis: asymmetry analysis of "
    "retinal thickness. Arch Ophthalmol 2011;129:1205-1211.",
)
HEALTHY_LITERATURE = (
    "Interocular differences of macular ganglion cell complex thickness in healthy subjects (236 volunteers). "
    "International Eye Science 2019;19(12).",
)
AMD_LITERATURE = (
    "Age-Related Eye Disease Study Research Group. The AREDS system for classifying age-related macular "
    "degeneration from stereoscopic color fundus photographs. AREDS Report Number 6. Am J Ophthalmol "
    "2001;132:668-681.",
    "Ferris FL, Wilkinson CP, Bird A, et al. Clinical classification of age-related macular degeneration. "
    "Ophthalmology 2013;120:844-851.",
)
DISC_LITERATURE = (
    "Bayer A, Harasymowycz P, Henderer JD, Steinmann WG, Spaeth GL. Validity of a new disk grading scale for "
    "estimating glaucomatous damage. Am J Ophthalmol 2002;133:758-763.",
    "Henderer JD. Disc damage likelihood scale. Br J Ophthalmol 2006;90:395-396.",
)
RIM_LITERATURE = (
    "Leung CK, Chan WM, Hui YL, et al. Analysis of retinal nerve fiber layer and optic nerve head in glaucoma with "
    "different reference plane offsets, using optical coherence tomography. Invest Ophthalmol Vis Sci "
    "2005;46:891-899.",
    "Halir R, Flusser J. Numerically stable direct least squares fitting of ellipses. Proc. WSCG 1998:125-132.",
)
RNFL_LITERATURE = (
    "Schuman JS, Hee MR, Puliafito CA, et al. Quantification of nerve fiber layer thickness in normal and "
    "glaucomatous eyes using optical coherence tomography. Arch Ophthalmol 1995;113:586-596.",
)
VESSEL_LITERATURE = (
    "Niemeijer M, Garvin MK, van Ginneken B, Sonka M, Abramoff MD. Vessel segmentation in 3D spectral OCT scans of "
    "the retina. Proc. SPIE 2008;6914:69141R.",
)


def meta(
    *,
    units: Mapping[str, str],
    parameters: Mapping[str, object],
    names: Mapping[str, object] | None = None,
    areas_mm2: object = None,
    coverage: object = None,
    references: Sequence[str] = (),
    **more: object,
) -> dict[str, object]:
    """The keys every `meta` has, null where an endpoint has no areas or coverage, and those of one endpoint."""
    return {
        "names": names or {},
        "units": units,
        "areas_mm2": areas_mm2,
        "coverage": coverage,
        "parameters": parameters,
        "references": list(references),
        "notice": NOTICE,
        **more,
    }
