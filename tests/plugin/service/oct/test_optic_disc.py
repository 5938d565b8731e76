import numpy as np
import pytest

from ophtha_core.oct.enface import ScanOrientation
from ophtha_core.phantoms.oct import OctPhantom, disc_phantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from tests.kit.oct import ORIENTATIONS, scan_parameters
from tests.plugin.service.oct.asking import post, sample
from tests.plugin.service.oct.conftest import Client
from tests.plugin.service.oct.samples import CUP, DISC, NERVE_SLICES, RNFL_SLICE, SAMPLES
from tests.plugin.service.oct.test_circles import assert_close


def nerve_parts(phantom: OctPhantom) -> tuple[list[int], list[list[list[float]]]]:
    """Slices with landmarks, and these."""
    landmarks = phantom.nerve_landmarks()
    indices = [index for index, points in enumerate(landmarks) if points]
    return indices, [landmarks[index] for index in indices]


def geometry(phantom: OctPhantom) -> dict[str, object]:
    return scan_parameters(
        phantom.orientation,
        column_spacing=phantom.pixel_spacing_column_mm,
        slice_spacing=phantom.slice_spacing_mm,
        row_spacing=phantom.pixel_spacing_row_mm,
    )


def rim_request(phantom: OctPhantom) -> dict[str, object]:
    indices, landmarks = nerve_parts(phantom)
    membranes = phantom.boundaries_px()[0]
    columns = np.arange(phantom.columns)
    return {
        **geometry(phantom),
        "nerve_landmarks_list": landmarks,
        "nerve_slices": indices,
        "ilm_list": [np.stack([columns, membranes[index]], axis=1).tolist() for index in indices],
        "num_slices": phantom.num_slices,
        "pixel_image_width": phantom.columns,
    }


def rnfl_request(phantom: OctPhantom, analysis: str = "all") -> dict[str, object]:
    indices, landmarks = nerve_parts(phantom)
    return {
        **geometry(phantom),
        "analysis_type": analysis,
        "nerve_landmarks_list": landmarks,
        "nerve_slice_indices": indices,
        "nerve_rnfl_layers": phantom.layers(),
        "laterality": phantom.laterality.value,
        "num_slices": phantom.num_slices,
    }


@pytest.mark.parametrize("orientation", [ORIENTATIONS[0], ORIENTATIONS[3], ORIENTATIONS[5]], ids=str)
def test_the_disc_drawn_into_the_phantom_is_found(client: Client, orientation: ScanOrientation) -> None:
    plain = disc_phantom(RetinaAnatomy())
    phantom = OctPhantom(
        anatomy=plain.anatomy,
        orientation=orientation,
        num_slices=50,
        columns=100,
        rows=plain.rows,
        slice_spacing_mm=0.1,
        pixel_spacing_column_mm=0.05,
        centre_mm=plain.centre_mm,
    )
    rim = post(client, "extract_neuroretinal_rim_circles", **rim_request(phantom))
    assert set(rim) == {"disc_mm", "cup_mm", "disc_px", "cup_px"}
    np.testing.assert_allclose(rim["disc_px"], np.array(rim["disc_mm"]) * 100)
    found = post(client, "analyze_odn", disk=rim["disc_mm"], cup=rim["cup_mm"])
    horizontal, vertical = phantom.anatomy.disc.semi_axes_mm
    disc = found["disc"]
    # Across the slices it ends half a slice beyond the last one that shows it.
    seen = len(rim_request(phantom)["nerve_slices"]) * 0.1  # type: ignore[arg-type]
    across, along = (horizontal, vertical) if orientation.is_vertical else (vertical, horizontal)
    extent = (disc["horizontal_diameter"], disc["vertical_diameter"])  # type: ignore[index]
    assert extent[orientation.is_vertical] == pytest.approx(2 * along, rel=1e-6)
    assert extent[not orientation.is_vertical] == pytest.approx(min(2 * across, seen), rel=1e-6)
    assert disc["area"] == pytest.approx(np.pi * horizontal * vertical, rel=6e-3)  # type: ignore[index]
    assert found["ratios"]["cup_disc_vertical"] == pytest.approx(phantom.anatomy.disc.cup_ratio, abs=0.06)  # type: ignore[index]


def test_the_answer_has_all_keys_with_and_without_a_cup(client: Client) -> None:
    with_cup = post(client, "analyze_odn", disk=DISC, cup=CUP)
    contour = {
        "area",
        "vertical_diameter",
        "horizontal_diameter",
        "min_diameter",
        "max_diameter",
        "center_px",
        "points_px",
    }
    assert set(with_cup["disc"]) == set(with_cup["cup"]) == contour  # type: ignore[call-overload]
    assert set(with_cup["rim"]) == {"area", "min_width", "min_width_angle_deg"}  # type: ignore[call-overload]
    assert set(with_cup["ratios"]) == {"cup_disc_area", "cup_disc_vertical", "cup_disc_horizontal"}  # type: ignore[call-overload]
    assert set(with_cup["ddls"]) == {  # type: ignore[call-overload]
        "stage",
        "disc_size",
        "min_rim_disc_ratio",
        "rim_absence_deg",
        "min_rim_points_px",
    }
    without = post(client, "analyze_odn", disk=DISC, cup=[])
    assert without["disc"] == with_cup["disc"]
    assert [without[key] for key in ("cup", "rim", "ratios", "ddls")] == [None] * 4


@pytest.mark.parametrize(
    ("disc_radius", "cup_radius", "size", "stage"),
    [
        (0.7, 0.35, "small", 4),
        (0.9, 0.45, "average", 3),
        (1.1, 0.55, "large", 2),
        (0.9, 0.17, "average", 1),
        (0.9, 0.8, "average", 5),
        (0.9, 0.9, "average", 10),
        (1.1, 1.1, "large", 9),
        (0.7, 0.7, "small", 10),
    ],
)
def test_stages_of_concentric_circles(
    client: Client, disc_radius: float, cup_radius: float, size: str, stage: int
) -> None:
    unit = np.array(DISC) - 2
    answer = post(
        client,
        "analyze_odn",
        disc=(unit * disc_radius / 0.9 + 2).tolist(),
        cup=(unit * cup_radius / 0.9 + 2).tolist(),
    )
    ddls = answer["ddls"]
    assert (ddls["disc_size"], ddls["stage"]) == (size, stage)  # type: ignore[index]
    expected = (disc_radius - cup_radius) / (2 * disc_radius)
    assert ddls["min_rim_disc_ratio"] == pytest.approx(expected, abs=1e-6)  # type: ignore[index]


def test_both_eyes_give_the_same_graph(client: Client) -> None:
    answers = [
        post(client, "analyze_odn_rnfl", **rnfl_request(disc_phantom(RetinaAnatomy(right_eye=right))))
        for right in (True, False)
    ]
    assert_close(answers[1], answers[0])
    sectors = answers[0]["rnfl_thickness_statistics"]
    counts = {kind: len(values) for kind, values in sectors.items()}  # type: ignore[attr-defined]
    assert counts == {"quadrant": 4, "single_segment": 1, "twelve_segments": 12, "graph": 36}


@pytest.mark.parametrize("analysis", ["quadrant", "single_segment", "twelve_segments", "graph"])
def test_one_analysis_is_that_part_of_all(client: Client, analysis: str) -> None:
    whole = post(client, "analyze_odn_rnfl", **rnfl_request(disc_phantom(RetinaAnatomy())))
    part = post(client, "analyze_odn_rnfl", **rnfl_request(disc_phantom(RetinaAnatomy()), analysis))
    assert part["rnfl_thickness_statistics"] == whole["rnfl_thickness_statistics"][analysis]  # type: ignore[index]


def test_flat_instances_are_the_same_as_slices(client: Client) -> None:
    layers = [
        {**RNFL_SLICE["instances"][0], "scan_index": index}  # type: ignore[index]
        for index in range(40)
    ]
    flat = sample(client, "analyze_odn_rnfl", nerve_rnfl_layers=layers, pixel_width=120, pixel_height=100)
    assert flat == sample(client, "analyze_odn_rnfl")
    assert flat["rnfl_thickness_statistics"]["quadrant"] == {  # type: ignore[index]
        str(n): pytest.approx(25 * 0.004) for n in range(4)
    }


def test_slices_without_the_layer_are_off_the_field(client: Client) -> None:
    layers = [RNFL_SLICE if index < 30 else None for index in range(40)]
    answer = sample(client, "analyze_odn_rnfl", nerve_rnfl_layers=layers, analysis_type="quadrant", include_meta=True)
    statistics = answer["rnfl_thickness_statistics"]
    assert statistics["3"] == pytest.approx(0.1)  # type: ignore[index]
    assert answer["meta"]["coverage"]["1"] < 1  # type: ignore[index]


def test_entries_of_the_nerve_slices_alone_are_understood(client: Client) -> None:
    assert len(NERVE_SLICES) != SAMPLES["analyze_odn_rnfl"]["num_slices"]
    answer = sample(
        client,
        "analyze_odn_rnfl",
        nerve_rnfl_layers=[RNFL_SLICE] * len(NERVE_SLICES),
        analysis_type="quadrant",
        mm_to_analyze=0.0,
    )
    assert answer["rnfl_thickness_statistics"]["0"] == pytest.approx(0.1)  # type: ignore[index]


def test_graphs_of_both_eyes_are_compared(client: Client) -> None:
    graphs = [
        post(client, "analyze_odn_rnfl", **rnfl_request(disc_phantom(RetinaAnatomy(right_eye=right)), "graph"))
        for right in (True, False)
    ]
    answer = post(
        client,
        "compare_odn_rnfl_graphs",
        graph_a=graphs[0]["rnfl_thickness_statistics"],
        graph_b=graphs[1]["rnfl_thickness_statistics"],
    )
    assert answer == {"similarity_score": 1.0}


def test_without_an_ilm_there_is_a_disc_and_no_cup(client: Client) -> None:
    answer = sample(client, "extract_neuroretinal_rim_circles", ilm_list=[[] for _ in NERVE_SLICES])
    assert answer["cup_mm"] == answer["cup_px"] == []
    assert len(answer["disc_mm"]) > 4  # type: ignore[arg-type]
