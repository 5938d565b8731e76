import numpy as np
import pytest

from ophtha_core.oct.enface import ScanOrientation
from ophtha_core.phantoms.oct import OctPhantom
from tests.kit.oct import ORIENTATIONS, scan_parameters
from tests.plugin.service.oct.asking import post, sample
from tests.plugin.service.oct.conftest import Client


def phantom_request(phantom: OctPhantom, **changes: object) -> dict[str, object]:
    return {
        **scan_parameters(
            phantom.orientation,
            column_spacing=phantom.pixel_spacing_column_mm,
            slice_spacing=phantom.slice_spacing_mm,
            row_spacing=phantom.pixel_spacing_row_mm,
        ),
        "segmentation_instances": phantom.layers(),
        "pixel_image_width": phantom.columns,
        "pixel_image_height": phantom.rows,
        **changes,
    }


def band_slices(slices: int, columns: int, thickness: float, name: str = "rnfl") -> list[dict[str, object]]:
    points = [0, 10, columns - 1, 10, columns - 1, 10 + thickness, 0, 10 + thickness]
    return [{"instances": [{"className": name, "points": points}], "metadata": {}} for _ in range(slices)]


def band_request(slices: int, columns: int, **changes: object) -> dict[str, object]:
    return {
        **scan_parameters(column_spacing=0.1, slice_spacing=0.1),
        "segmentation_instances": band_slices(slices, columns, 7.5),
        "pixel_image_width": columns,
        "pixel_image_height": 50,
        **changes,
    }


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_layers_come_back_in_the_callers_order_whatever_the_orientation(
    client: Client, orientation: ScanOrientation
) -> None:
    phantom = OctPhantom(orientation=orientation)
    answer = post(client, "get_layer_thickness_map", **phantom_request(phantom), use_real_units=True)
    assert answer["status"] == "OK"
    for name, values in answer["thickness_maps"].items():  # type: ignore[attr-defined]
        np.testing.assert_allclose(np.array(values), phantom.layer_map_um(name), atol=1e-6)


def test_pixels_are_those_of_the_original_image_whatever_the_run_resolution(client: Client) -> None:
    for resolution in (256, 512, 1024):
        answer = post(client, "get_layer_thickness_map", **band_request(60, 60), run_resolution=resolution)
        assert np.unique(answer["thickness_maps"]["rnfl"]).tolist() == [7.5]  # type: ignore[index]


@pytest.mark.parametrize(
    ("slices", "columns", "status", "shape"),
    [
        (60, 60, "OK", (60, 60)),
        (60, 90, "OK_CROPPED", (60, 61)),
        (55, 60, "OK_PADDED", (61, 60)),
        (55, 90, "OK_CROPPED_PADDED", (61, 61)),
        (49, 90, "ZONE_OF_INTEREST_NOT_REACHED", (49, 90)),
    ],
)
def test_the_map_is_brought_to_the_zone(
    client: Client, slices: int, columns: int, status: str, shape: tuple[int, int]
) -> None:
    answer = post(client, "get_layer_thickness_map", **band_request(slices, columns), include_meta=True)
    assert answer["status"] == status
    assert np.shape(answer["thickness_maps"]["rnfl"]) == shape  # type: ignore[index]
    assert answer["meta"]["shape"] == list(shape)  # type: ignore[index]


def test_the_middle_of_a_cropped_map_is_the_given_centre(client: Client) -> None:
    answer = post(
        client,
        "get_layer_thickness_map",
        **band_request(90, 90),
        exam_center_coordinate_xz=[50, 38],
        include_meta=True,
    )
    assert answer["meta"]["offset"] == [8, 20]  # type: ignore[index]
    assert answer["meta"]["exam_center_in_map"] == [30, 30]  # type: ignore[index]


def test_padding_has_the_value_asked_for_and_is_no_tissue_afterwards(client: Client) -> None:
    padded = post(client, "get_layer_thickness_map", **band_request(51, 60), padding_value=-1)
    values = np.array(padded["thickness_maps"]["rnfl"])  # type: ignore[index]
    assert (values[:5] == -1).all()
    circle = post(
        client,
        "get_etdrs",
        **scan_parameters(column_spacing=0.1, slice_spacing=0.1),
        layers_thickness_maps=padded["thickness_maps"],
        used_layers=["rnfl"],
        padding_value=-1,
        include_meta=True,
    )
    assert circle["2"]["3"]["mean"] == pytest.approx(30)  # type: ignore[index]
    assert circle["meta"]["coverage"]["2"]["3"] < 1  # type: ignore[index]


def test_a_slice_on_which_no_layer_was_found_is_missing_not_thin(client: Client) -> None:
    slices = band_slices(60, 60, 7.5)
    slices[30] = {"instances": []}
    answer = post(client, "get_layer_thickness_map", **band_request(60, 60, segmentation_instances=slices))
    rows = answer["thickness_maps"]["rnfl"]  # type: ignore[index]
    assert rows[30] == [None] * 60
    assert rows[29] == [7.5] * 60
    circle = post(
        client,
        "get_etdrs",
        **scan_parameters(column_spacing=0.1, slice_spacing=0.1),
        layers_thickness_maps=answer["thickness_maps"],
        used_layers=["rnfl"],
    )
    assert circle["0"]["0"]["mean"] == pytest.approx(30)  # type: ignore[index]


def test_the_shortest_distance_is_asked_for_in_mm(client: Client) -> None:
    slanted = [0, 5, 59, 34.5, 59, 44.5, 0, 15]
    slices = [{"instances": [{"className": "rnfl", "points": slanted}]}] * 60
    request = band_request(60, 60, segmentation_instances=slices)
    axial = post(client, "get_layer_thickness_map", **request)["thickness_maps"]["rnfl"]  # type: ignore[index]
    shortest = post(client, "get_layer_thickness_map", **request, distance_method="min_dist")
    tilt = np.arctan(0.5 * 0.004 / 0.1)
    assert axial[0][30] == pytest.approx(10)
    assert shortest["thickness_maps"]["rnfl"][0][30] == pytest.approx(10 * np.cos(tilt), rel=1e-9)  # type: ignore[index]


@pytest.mark.parametrize(
    ("units", "value"),
    [
        ({"use_real_units": False}, 7.5),
        ({"use_real_units": True}, 30.0),
        ({"use_real_units": True, "thickness_unit": "mm"}, 0.03),
    ],
)
def test_real_units_are_micrometres(client: Client, units: dict[str, object], value: float) -> None:
    answer = post(client, "get_pathology_thickness_map", **band_request(60, 60), **units, include_meta=True)
    assert answer["thickness_maps"]["rnfl"][3][3] == pytest.approx(value)  # type: ignore[index]
    expected = units.get("thickness_unit") or ("um" if units["use_real_units"] else "px")
    assert answer["meta"]["units"]["thickness_maps"] == expected  # type: ignore[index]


def test_pathologies_that_were_not_found_make_no_maps(client: Client) -> None:
    nothing = [{"instances": []}] * 60
    request = band_request(60, 60, use_real_units=False)
    empty = post(client, "get_pathology_thickness_map", **{**request, "segmentation_instances": nothing})
    assert empty == {"thickness_maps": {}, "status": "NO_ENFACE_MAPS"}
    other = post(client, "get_pathology_thickness_map", **request, used_segmentation_classes=["drusen"])
    assert other == {"thickness_maps": {}, "status": "NO_ENFACE_MAPS"}


def test_only_the_used_classes_come_and_absent_ones_are_zero(client: Client) -> None:
    answer = post(
        client,
        "get_pathology_thickness_map",
        **band_request(60, 60, use_real_units=False),
        used_segmentation_classes=["drusen", "rnfl"],
    )
    maps = answer["thickness_maps"]
    assert list(maps) == ["drusen", "rnfl"]  # type: ignore[call-overload]
    assert not np.any(maps["drusen"])  # type: ignore[index]


def test_the_volume_of_an_outline_is_its_area_times_the_slices(client: Client) -> None:
    points = [9.5, 10, 29.5, 10, 29.5, 30, 9.5, 30]
    slices = [{"instances": []}] * 30 + [{"instances": [{"className": "cyst", "points": points}]}] * 4
    slices += [{"instances": []}] * 26
    maps = post(
        client,
        "get_pathology_thickness_map",
        **band_request(60, 60, segmentation_instances=slices, use_real_units=False),
    )["thickness_maps"]
    spacing = {"pixel_spacing_column": 0.1, "pixel_spacing_row": 0.004, "slice_thickness": 0.1}
    volume = post(client, "get_volume_calculations", pathology_thickness_maps=maps, **spacing)
    area = post(
        client,
        "get_bscan_area_calculations_by_polygon",
        pathology_segm_instances_per_bscan=[{"className": "cyst", "points": points}],
        pixel_spacing_column=0.1,
        pixel_spacing_row=0.004,
    )
    assert volume["volumes"]["cyst"] == pytest.approx(area["areas"][0] * 4 * 0.1, rel=1e-9)  # type: ignore[index]


def test_overlap_is_the_smallest_thickness_where_all_are_present(client: Client) -> None:
    maps = {"a": [[1, 0, 3, None]], "b": [[2, 5, 1.5, 1]]}
    answer = post(client, "get_thickness_maps_overlap", thickness_maps=maps)
    assert answer == {"thickness_map_overlap": [[1.0, 0.0, 1.5, None]]}
    assert sample(client, "get_thickness_maps_overlap", thickness_maps=list(maps.values())) == answer
