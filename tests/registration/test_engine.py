"""Landmarks of phantoms whose motion is known exactly, and how the engine behaves around them."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from ophtha_core.phantoms.chest_ct import Breathing, Chest, Rigid, Scan, Sliding, ct_instances, render
from registration.engine import Registration, register
from registration.errors import InvalidContent, RegistrationCancelled, RegistrationFailed
from registration.quality import Judgement, Verdict
from registration.settings import Settings
from registration.slices import Side
from registration.volume import CheckedVolume, read_series
from tests.kit.ct_files import SMALL, files, instances, stored, with_stored
from tests.registration.phantom_pairs import CHEST, PhantomPair, displacement_at, phantom_pair, quick_settings


def registered(pair: PhantomPair) -> Registration:
    return register(pair.reference, pair.floating, settings=quick_settings())


def no_folds(registration: Registration) -> bool:
    quality = registration.quality
    return quality.jacobian_lungs.folded_voxels == 0 and quality.jacobian_body.folded_voxels == 0


@pytest.fixture(scope="module")
def breathing() -> PhantomPair:
    return phantom_pair(Breathing(depth_mm=20))


@pytest.fixture(scope="module")
def breathing_result(breathing: PhantomPair) -> Registration:
    return registered(breathing)


def test_a_shift_of_40_mm_and_a_turn_of_5_degrees_are_undone() -> None:
    pair = phantom_pair(Rigid(shift_mm=(-12.0, 10.0, -40.0), rotation_deg=5))
    result = registered(pair)
    assert pair.lung_errors_mm(result).mean() < 0.2
    assert no_folds(result)


def test_the_same_series_twice_gives_the_identity() -> None:
    content = files(instances())
    reference, floating = read_series(content, side=Side.REFERENCE), read_series(content, side=Side.FLOATING)
    result = register(reference, floating)
    assert not sitk.GetArrayViewFromImage(result.field).any()
    assert np.array_equal(sitk.GetArrayViewFromImage(result.warped), sitk.GetArrayViewFromImage(reference.image))
    assert "identity" in result.warnings[-1]


def test_a_breath_of_20_mm_is_followed(breathing: PhantomPair, breathing_result: Registration) -> None:
    assert breathing.lung_errors_mm(breathing_result).mean() < 0.5
    assert no_folds(breathing_result)


def test_a_small_change_in_one_place_is_no_noise() -> None:
    centre_mm = (60.0, 0.0, -60.0)
    pair = phantom_pair(Breathing(depth_mm=6, forward_mm=0, reach_mm=25, centre_mm=centre_mm))
    moved = displacement_at(registered(pair).field, np.array([centre_mm]))
    assert moved[0] == pytest.approx([0, 0, -6], abs=1.5)


def test_the_quality_report_tells_better_from_worse(breathing_result: Registration) -> None:
    quality = breathing_result.quality
    for change in (quality.correlation, quality.mutual_information_bits, quality.lung_dice):
        assert change.before is not None
        assert change.after is not None
        assert change.after > change.before
    assert quality.lung_dice.after == pytest.approx(1, abs=0.05)
    assert 10 < quality.maximum_displacement_mm < 25
    assert quality.lungs_seen_fraction > 0.99
    assert quality.agreeing_share is not None
    assert quality.agreeing_share > 0.9
    assert breathing_result.judgement == Judgement(Verdict.GOOD)


def test_the_warped_image_is_the_floating_image_through_the_field(
    breathing: PhantomPair, breathing_result: Registration
) -> None:
    transform = sitk.DisplacementFieldTransform(sitk.Cast(breathing_result.field, sitk.sitkVectorFloat64))
    expected = sitk.Resample(
        breathing.floating.image, breathing.reference.image, transform, sitk.sitkLinear, -1024.0, sitk.sitkFloat32
    )
    inner = (slice(2, -2),) * 3
    difference = sitk.GetArrayFromImage(expected)[inner] - sitk.GetArrayViewFromImage(breathing_result.warped)[inner]
    assert np.abs(difference).max() <= 1


def test_lungs_slide_along_a_wall_that_stays() -> None:
    pair = phantom_pair(Sliding(depth_mm=20))
    result = registered(pair)
    assert pair.lung_errors_mm(result).mean() < 1.0
    assert pair.wall_errors_mm(result).mean() < 1.0
    assert no_folds(result)


@pytest.mark.parametrize(
    ("name", "floating_scan"),
    [
        ("other kernel and contrast", Scan(noise_hu=20, seed=2, vessel_gain=0.6)),
        ("thick slices", Scan(noise_hu=12, seed=2, slice_samples=4)),
    ],
)
def test_other_scanner_settings_do_little_harm(name: str, floating_scan: Scan) -> None:
    pair = phantom_pair(Breathing(depth_mm=20), floating_scan=floating_scan)
    assert pair.lung_errors_mm(registered(pair)).mean() < 0.8, name


def test_a_breath_of_40_mm_is_followed() -> None:
    pair = phantom_pair(Breathing(depth_mm=40, reach_mm=85))
    result = registered(pair)
    assert pair.lung_errors_mm(result).mean() < 1.0
    assert no_folds(result)


def test_one_lung_is_enough() -> None:
    pair = phantom_pair(
        Breathing(depth_mm=20),
        reference_scan=Scan(noise_hu=12, seed=1, right_lung_collapsed=True),
        floating_scan=Scan(noise_hu=12, seed=2, right_lung_collapsed=True),
    )
    assert pair.lung_errors_mm(registered(pair), left_only=True).mean() < 0.8


def test_the_same_pair_gives_the_same_result(breathing: PhantomPair, breathing_result: Registration) -> None:
    again = registered(breathing)
    assert np.array_equal(sitk.GetArrayViewFromImage(again.field), sitk.GetArrayViewFromImage(breathing_result.field))
    assert np.array_equal(sitk.GetArrayViewFromImage(again.warped), sitk.GetArrayViewFromImage(breathing_result.warped))


def test_progress_rises_from_0_to_1(breathing: PhantomPair) -> None:
    shares: list[float] = []
    register(breathing.reference, breathing.reference, settings=quick_settings(), progress=shares.append)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4])
def test_a_cancelled_registration_stops_within_two_seconds(breathing: PhantomPair, share: float) -> None:
    reached: list[float] = []
    asked_at: list[float] = []

    def cancelled() -> bool:
        if reached and reached[-1] >= share:
            asked_at.append(time.process_time())
            return True
        return False

    with pytest.raises(RegistrationCancelled):
        register(breathing.reference, breathing.floating, settings=quick_settings(), progress=reached.append,
                 cancelled=cancelled)  # fmt: skip
    assert len(asked_at) == 1
    assert reached[-1] < share + 0.1


def test_other_patients_are_refused_before_any_work(breathing: PhantomPair) -> None:
    first, *others = breathing.floating.files
    of_another = replace(first, file=replace(first.file, patient_id="P-2"))
    with pytest.raises(InvalidContent, match="different PatientIDs"):
        register(breathing.reference, replace(breathing.floating, files=(of_another, *others)))


def test_a_series_without_lungs_is_refused() -> None:
    body = [with_stored(one, np.where(stored(one) < 400, 1064, stored(one))) for one in instances()]
    reference = read_series(files(instances()), side=Side.REFERENCE)
    floating = read_series(files(body), side=Side.FLOATING)
    with pytest.raises(InvalidContent, match="FloatingList: no lungs found"):
        register(reference, floating)


def with_voxels(volume: CheckedVolume, change: Callable[[NDArray[np.int16]], NDArray[np.int16]]) -> CheckedVolume:
    """The same series with other values."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(change(sitk.GetArrayFromImage(volume.image))))
    image.CopyInformation(volume.image)
    return replace(volume, image=image)


@pytest.mark.parametrize("axis", [2, 0], ids=["mirrored", "upside down"])
def test_a_scan_that_is_turned_round_is_no_result(breathing: PhantomPair, axis: int) -> None:
    turned = with_voxels(breathing.floating, lambda voxels: np.flip(voxels, axis))
    with pytest.raises(RegistrationFailed, match="they are of two persons, or one is mirrored or turned"):
        register(breathing.reference, turned, settings=quick_settings())


def test_another_person_is_no_result(breathing: PhantomPair) -> None:
    other = read_series(
        files(ct_instances(render(Chest(seed=2), CHEST, scan=Scan(noise_hu=12, seed=2)), CHEST)), side=Side.FLOATING
    )
    with pytest.raises(RegistrationFailed, match="they are of two persons"):
        register(breathing.reference, other, settings=quick_settings())


def test_a_lung_that_was_removed_is_named_and_the_other_one_is_registered() -> None:
    pair = phantom_pair(Breathing(depth_mm=12), floating_scan=Scan(noise_hu=12, seed=2, right_lung_collapsed=True))
    result = registered(pair)
    assert result.judgement.verdict is Verdict.CHECK
    assert any("ml of the right lung of the reference image are no lung" in each for each in result.warnings)
    assert pair.lung_errors_mm(result, left_only=True).mean() < 1.0


def test_what_keeps_two_scans_from_being_alike_is_named(breathing: PhantomPair) -> None:
    few = with_slices(breathing.floating, 30, 50)
    result = register(breathing.reference, few, settings=quick_settings())
    assert result.judgement.verdict is Verdict.CHECK
    assert any("of the reference's lungs" in each for each in result.judgement.reasons)


def with_slices(volume: CheckedVolume, first: int, last: int) -> CheckedVolume:
    return read_series([one.file.content for one in volume.files[first:last]], side=volume.side)


def test_small_series_are_registered_by_default_settings() -> None:
    reference = read_series(files(instances(SMALL)), side=Side.REFERENCE)
    floating = read_series(
        files(instances(SMALL, motion=Rigid(shift_mm=(0, 0, 10)), scan=Scan(noise_hu=5))), side=Side.FLOATING
    )
    assert register(reference, floating, settings=Settings()).affine.offset_mm[2] == pytest.approx(10, abs=1.5)
