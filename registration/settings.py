"""Every number of the registration, with its unit and the reason for its value."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class PaddingSettings:
    """What was never measured, whatever the tags say."""

    highest_hu: float = -1500.0
    """Nothing is thinner than air at -1000; noise does not reach this in a run of pixels up to the border."""

    largest_twelve_bit: int = 4095
    """Larger stored values may be negative ones whose sign was lost."""

    smallest_share: float = 0.01
    """Of the plane: a smaller constant patch in every corner is a frame, not a field of view."""

    lowest_air_hu: float = -1100.0
    highest_air_hu: float = -900.0
    """A constant in between may be the air around a patient."""

    largest_misfit: float = 0.01
    """Share of a disc in which the field may differ from it: a pixel along its rim."""


@dataclass(frozen=True, kw_only=True)
class InputSettings:
    """What a series must look like."""

    minimum_slices: int = 8
    """The reference's lower limit."""

    maximum_slices: int = 600
    """The reference's upper limit."""

    maximum_matrix: int = 2048
    """Pixels along an edge of a slice; CT scanners reconstruct up to 2048, more is a forged header."""

    minimum_extent_mm: float = 20.0
    """From the first centre to the last: less holds no shape that could be found again."""

    maximum_tilt_deg: float = 5.0
    """Angle between slice normal and patient axis up to which a slice counts as axial."""

    maximum_gantry_tilt_deg: float = 30.0
    """Gantries tilt up to 30 degrees; such slices step along the table and are sheared."""

    duplicate_tolerance_mm: float = 0.01
    """Slices closer than this lie at the same position: far below any spacing, above rounding in headers."""

    duplicate_tolerance: float = 0.05
    """The same as a share of the typical spacing: two reconstructions may be off by a little."""

    spacing_tolerance_mm: float = 0.05
    """A position this near to the uniform grid is on it: a tenth of the accuracy aimed at."""

    lateral_tolerance_px: float = 0.05
    """In-plane offset between slices that needs no resampling."""

    zone_gaps: int = 4
    """So many equal gaps in a row are a zone of the scan, fewer wide ones are slices that are missing."""

    zone_tolerance: float = 0.15
    """How far gaps of one zone may differ."""

    gap_ratio: float = 1.5
    """A gap this much wider than the local spacing lacks slices."""

    maximum_gap_mm: float = 10.0
    """A wider gap could hide what is looked for."""

    maximum_missing_share: float = 0.2
    """Of all slices there should be: more would be invented anatomy."""

    zone_ratio: float = 0.8
    """A zone whose spacing is below this share of the mean is worth keeping as fine as it is."""

    smallest_block_share: float = 0.5
    """Blocks that overlap by this share of the smaller one are two scans, not one that was continued."""

    padding: PaddingSettings = field(default_factory=PaddingSettings)

    air_hu: int = -1024
    """Value of air and of everything outside the scanned field."""


@dataclass(frozen=True, kw_only=True)
class LungSettings:
    """How lungs are told from everything else. Working spacing 3 mm."""

    spacing_mm: float = 3.0
    """Fine enough for a wall of the chest, coarse enough to cost nothing."""

    threshold_hu: float = -400.0
    """Between aerated lung (below -600) and tissue (above -100)."""

    neck_mm: float = 6.0
    """Half the width of a bridge of air that does not make two parts one."""

    minimum_part_ml: float = 20.0
    """Smaller pieces are bronchi and gas."""

    minimum_mean_hu: float = -940.0
    """Lung holds blood; gas in bowel, stomach and trachea lies near -1000."""

    minimum_border_mean_hu: float = -920.0
    """Stricter for air touching the image border: it is room air unless the field of view cuts the lung."""

    minimum_volume_ml: float = 50.0
    """A thin slab through one lung still has this; air cells of the skull do not."""

    closing_mm: float = 8.0
    """Closes vessels up to 16 mm."""

    lost_depth_mm: float = 15.0
    """Lung on one side only, and deeper than this, has no counterpart; asked only where the lungs overlap little."""


@dataclass(frozen=True, kw_only=True)
class AlignmentSettings:
    """Shift search and affine fit."""

    includes_lungs: bool = True
    """Whether the lungs themselves are compared."""

    is_robust: bool = False
    """Whether parts that fit badly lose their say."""

    settled_tolerance: float = 0.2
    """Standard deviations: a robust fit starts at two, halves them with every step, and is trusted below this."""

    search_spacing_mm: float = 8.0
    """The search has a chest to place, not a vessel."""

    fit_spacings_mm: tuple[float, ...] = (8.0, 5.0)
    """Coarse first: the fit then starts within a voxel of its goal."""

    region_margin_mm: float = 20.0
    """The wall around the lungs is compared too, it holds the shape when breathing differs."""

    lowest_hu: float = -1000.0
    highest_hu: float = 200.0
    """Contrast agent and metal do not move the fit."""

    minimum_overlap: float = 0.25
    """Share of the reference region that must be seen in the floating image, of what it could show at best."""

    maximum_samples: int = 60_000
    """Points compared; twelve numbers need no more."""

    overlap_exponent: float = 0.25
    """How much a shift with little overlap must correlate better."""

    search_margin_mm: float = 60.0
    """For the search: with the wall and the air around it a lung is not taken for the other one."""

    least_lung_overlap: float = 0.75
    """Dice of the lungs after the affine; below, one of them is not what it was."""

    iterations: int = 25
    converged_mm: float = 0.02
    """Steps below this change no landmark."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """One step of the pyramid."""

    spacing_mm: float
    iterations: int
    normalised: bool
    """Whether local mean and contrast are taken out."""


@dataclass(frozen=True, kw_only=True)
class RegionSettings:
    """What the field of one region sees."""

    levels: tuple[Level, ...]
    """Coarse first. Raw HU carry surfaces over long ways, normalised HU bring vessels together."""

    lowest_hu: float
    highest_hu: float
    """Values beyond are clipped: what is clipped flat cannot pull."""

    margin_mm: float
    """Of the box around the lungs."""

    spacing_mm: float | None
    """Finest grid; ``None`` is the working grid."""

    hides_lungs: bool
    """Whether the lungs are painted over with ``lowest_hu``."""

    fades: bool
    """Whether the non-linear part goes to nothing towards the sides of the box."""


LUNG_REGION = RegionSettings(
    levels=(
        Level(spacing_mm=8.0, iterations=30, normalised=False),
        Level(spacing_mm=4.0, iterations=20, normalised=False),
        Level(spacing_mm=4.0, iterations=20, normalised=True),
        Level(spacing_mm=0.0, iterations=25, normalised=True),
    ),
    lowest_hu=-1000.0,
    highest_hu=100.0,
    margin_mm=12.0,
    spacing_mm=None,
    hides_lungs=False,
    fades=False,
)
"""At 100 HU bones are flat: ribs that stay do not hold the lung. Level 0 mm is the working grid."""

BODY_REGION = RegionSettings(
    levels=(
        Level(spacing_mm=8.0, iterations=20, normalised=True),
        Level(spacing_mm=4.0, iterations=30, normalised=True),
    ),
    lowest_hu=-200.0,
    highest_hu=600.0,
    margin_mm=40.0,
    spacing_mm=4.0,
    hides_lungs=True,
    fades=True,
)
"""Ribs, spine and diaphragm are large: 4 mm place them well below a millimetre at an eighth of the cost."""


@dataclass(frozen=True, kw_only=True)
class DeformationSettings:
    """Locally normalised demons."""

    spacing_mm: float = 1.75
    """Working grid. 2.5 mm costs a third as much and is a quarter less accurate on synthetic pair A."""

    maximum_points: float = 12e6
    """Of the working grid; a larger volume gets a coarser grid, so that the field stays below 150 MB."""

    maximum_step_voxels: float = 1.0
    """Bound of one update; half of it, the usual choice, does not reach the end in as many iterations."""

    field_sigma_voxels: float = 1.5
    """Smoothing of the field after each update; the only regulariser."""

    pyramid_sigma: float = 0.5
    """Blur before going coarser, in voxels of the coarser grid."""

    normalisation_sigma_mm: float = 4.0
    """Neighbourhood of local mean and contrast: about the size of a vessel with its surroundings."""

    normalisation_noise_hu: float = 100.0
    """Contrast below this is not raised: thin slices are that noisy."""

    negligible_voxels: float = 0.6
    """A non-linear part smaller than this in 99 of 100 places is what noise makes of none: the affine is kept alone."""

    taper_mm: float = 25.0
    """Way over which the non-linear part of the body fades."""

    smallest_jacobian: float = 0.02
    """Below this a voxel has all but vanished."""

    unfolding_rounds: int = 60
    unfolding_sigma_voxels: float = 1.0


@dataclass(frozen=True, kw_only=True)
class PleuraSettings:
    """Where the lungs' field ends and the body's begins."""

    border_sigma_mm: float = 6.0
    """The mask is blurred by this: vessels of the hilum, with lung around them, are nearer to it than ribs."""

    comparison_sigma_mm: float = 3.0
    """Neighbourhood in which the two fields are compared: a vessel with its surroundings."""

    say_of_images: float = 0.7
    """How much the images count beside the blurred mask, which goes from -1 to 1."""

    steepness: float = 2.5
    """From one field to the other within a few millimetres.

    With the values here the mask alone decides more than 10 mm beyond the border, within the margin of the lungs' box.
    """

    noise_hu: float = 60.0
    """Differences of this size say nothing."""

    lowest_hu: float = -1000.0
    highest_hu: float = 400.0
    """Vessels, wall and ribs take part; metal does not outvote them."""


@dataclass(frozen=True, kw_only=True)
class QualitySettings:
    """When a result is not handed out, or only with a warning."""

    fewest_blocks: int = 8
    """Fewer blocks of lung that can be compared prove nothing."""

    failing_share: float = 0.4
    """Of the blocks: another person, a mirrored scan and one upside down reach 0.12, the same lungs 0.9 and more."""

    good_share: float = 0.75
    """Below, somebody has to look."""

    bins: int = 64
    """Of the joint histogram."""


@dataclass(frozen=True, kw_only=True)
class AgreementSettings:
    """When two scans show the same lungs."""

    block_mm: float = 24.0
    """A cube holds some vessels, and few enough that each must lie right."""

    smallest_block_ml: float = 2.0
    pleura_mm: float = 6.0
    """The outline of the lungs is alike in any two chests and in their mirror images: it is left out."""

    detail_sigma_mm: float = 6.0
    """What changes more slowly is common to all lungs: density rises to the back."""

    lowest_hu: float = -1000.0
    highest_hu: float = 0.0
    """Contrast agent in a vessel is no other vessel."""

    quietest_percent: float = 10.0
    """Blocks with the least variance hold noise alone."""

    least_attainable: float = 0.5
    """A block that noise drowns tells nothing."""

    agreeing: float = 0.6
    """Share of the attainable correlation from which a block agrees."""


@dataclass(frozen=True, kw_only=True)
class DifferenceSettings:
    """What of the differences between two scans is worth telling."""

    outline_mm: float = 12.0
    """Less than twice as thick, what is lung on one side only may be a badly placed outline."""

    solid_hu: float = -300.0
    """What was lung and is none any more holds no air; an outline that took in the windpipe does."""

    smallest_loss_ml: float = 15.0
    density_hu: float = 60.0
    """Breathing alone changes lungs by that much."""

    seen_share: float = 0.95


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides a result: the same settings and images give the same registration."""

    input: InputSettings = field(default_factory=InputSettings)

    lungs: LungSettings = field(default_factory=LungSettings)

    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)

    body_alignment: AlignmentSettings = field(
        default_factory=lambda: AlignmentSettings(
            includes_lungs=False, is_robust=True, region_margin_mm=40.0, lowest_hu=-200.0, highest_hu=500.0
        )
    )
    """Bones place the body: lung and air below -200 HU are all one."""

    deformation: DeformationSettings = field(default_factory=DeformationSettings)

    lung: RegionSettings = LUNG_REGION

    body: RegionSettings = BODY_REGION

    pleura: PleuraSettings = field(default_factory=PleuraSettings)

    quality: QualitySettings = field(default_factory=QualitySettings)

    differences: DifferenceSettings = field(default_factory=DifferenceSettings)

    agreement: AgreementSettings = field(default_factory=AgreementSettings)

    threads: int = 2
    """Fixed, since the number of threads may change the order of sums."""

    allow_different_patients: bool = False
    """Two PatientIDs are refused unless the caller says that they are one person."""
