"""Segmentations made elsewhere come in as the request shape, and give the numbers they gave at home."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.circles import ETDRS, GCC, Circle, sector_statistics
from ophtha_core.oct.enface import Laterality, ScanDirection
from ophtha_core.oct.importers.heyex import read_heyex
from ophtha_core.oct.importers.iowa import LAYERS, read_iowa_surfaces
from ophtha_core.oct.importers.surfaces import ImportedScan, bands, layers_between
from ophtha_core.oct.polygon import Outline
from ophtha_core.oct.segmented_scan import SegmentedScan

GANGLION_CELL_COMPLEX = ("rnfl", "gcl", "ipl")
RETINA = tuple(LAYERS)


def segmented(scan: ImportedScan) -> SegmentedScan:
    return SegmentedScan(
        slices=[
            [
                Outline(name=each["className"], points=np.array(each["points"]).reshape(-1, 2), field="points")
                for each in part["instances"]
            ]
            for part in scan.slices
        ],
        width=scan.width,
        height=scan.height,
    )


def sectors_um(
    scan: ImportedScan, layers: tuple[str, ...], circle: Circle, centre: tuple[float, float]
) -> list[tuple[float | None, float]]:
    """(mean µm, coverage) of every sector, the centre first."""
    maps = segmented(scan).thickness_px(layers)
    values = np.sum(list(maps.values()), axis=0)
    measured = np.sum(list(segmented(scan).thickness_px(RETINA).values()), axis=0) > 0
    values = np.where(measured, values, np.nan)
    grid = scan.orientation.grid(
        shape=values.shape,
        slice_spacing_mm=scan.slice_spacing_mm,
        column_spacing_mm=scan.pixel_spacing_column_mm,
        laterality=scan.laterality,
        centre=centre,
    )
    rings = sector_statistics(
        grid, scan.orientation.to_canonical(values) * scan.pixel_spacing_row_mm * 1000, circle=circle
    )
    return [(sector.mean, sector.coverage) for ring in rings for sector in ring]


@pytest.fixture(scope="module")
def iowa(shared_data: Path) -> ImportedScan:
    return read_iowa_surfaces(shared_data / "oct" / "iowa_macula_od.xml")


def test_iowa_file_states_its_geometry_and_names_what_it_does_not(iowa: ImportedScan) -> None:
    assert (len(iowa.slices), iowa.width, iowa.height) == (19, 512, 496)
    assert iowa.laterality is Laterality.RIGHT
    assert iowa.orientation.slice_direction is ScanDirection.BOTTOM_TOP
    assert iowa.assumed == ("pixel_direction", "scan_protocol", "slice_direction")
    request = iowa.layer_request()
    assert request["pixel_spacing_column"] == 0.01168
    assert request["pixel_spacing_row"] == 0.003872
    assert request["slice_thickness"] == 0.249175


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # Centre, inner right inferior left superior, outer right inferior left superior.
        (RETINA, (290.12, 347.29, 345.37, 328.41, 344.34, 309.75, 299.04, 270.52, 285.94)),
        (GANGLION_CELL_COMPLEX, (61.49, 118.41, 119.84, 110.31, 123.67, 117.08, 101.99, 84.61, 100.82)),
        (("rnfl",), (9.75, 26.24, 28.55, 22.68, 34.58, 46.54, 31.32, 18.75, 37.46)),
    ],
)
def test_iowa_volume_gives_its_reference_thickness(
    iowa: ImportedScan, layers: tuple[str, ...], expected: tuple[float, ...]
) -> None:
    found = sectors_um(iowa, layers, ETDRS, (253.0, 9.0))
    assert [mean for mean, _ in found] == pytest.approx(list(expected), abs=1.0)


def test_iowa_field_covers_the_outer_sectors_in_part(iowa: ImportedScan) -> None:
    coverage = [share for _, share in sectors_um(iowa, RETINA, ETDRS, (253.0, 9.0))]
    # The outer right sector lacks the 84 A-scans which the file itself calls undefined.
    assert coverage == pytest.approx([1, 1, 1, 1, 1, 0.986, 0.70, 0.995, 0.70], abs=0.001)
    assert len(sectors_um(iowa, GANGLION_CELL_COMPLEX, GCC, (253.0, 9.0))) == 7


def test_iowa_layers_add_up_to_the_distance_of_the_outermost_surfaces(iowa: ImportedScan) -> None:
    total = np.sum(list(segmented(iowa).thickness_px(RETINA).values()), axis=0)
    extent = np.zeros_like(total)
    for index, part in enumerate(iowa.slices):
        y = np.concatenate([np.array(each["points"]).reshape(-1, 2) for each in part["instances"]])
        for column in range(0, iowa.width, 50):
            rows = y[y[:, 0] == column, 1]
            extent[index, column] = np.ptp(rows) if len(rows) else 0.0
    np.testing.assert_allclose(total[:, ::50], extent[:, ::50], atol=1e-9)


def test_heyex_xml_gives_geometry_from_the_positions_of_its_bscans(shared_data: Path) -> None:
    scan = read_heyex(shared_data / "oct" / "heyex_xml")
    assert (len(scan.slices), scan.width, scan.height) == (10, 50, 40)
    assert scan.orientation.slice_direction is ScanDirection.BOTTOM_TOP
    assert scan.slice_spacing_mm == pytest.approx((6.807 - 6.524) / 9, abs=1e-6)
    assert scan.laterality is Laterality.RIGHT
    assert scan.assumed == ()


def test_heyex_lines_are_the_outer_borders_of_their_layers(shared_data: Path) -> None:
    scan = read_heyex(shared_data / "oct" / "heyex_xml" / "test_dummy.xml")
    maps = segmented(scan).thickness_px(["rnfl", "gcl", "ilm_bm"])
    # ILM 9.6, RNFL 10.5, GCL 12.4, BM 30.2 in column 10 of the first B-scan.
    assert maps["rnfl"][0, 10] == pytest.approx(0.9)
    assert maps["gcl"][0, 10] == pytest.approx(1.9)
    assert maps["ilm_bm"][0, 10] == pytest.approx(20.6)
    assert maps["ilm_bm"][0, 0] == 0.0


def test_heyex_vol_without_layers_still_tells_its_geometry(shared_data: Path) -> None:
    scan = read_heyex(shared_data / "oct" / "test_volume.vol")
    assert [part["instances"] for part in scan.slices] == [[]] * 10
    assert scan.layer_request()["slice_direction"] == "BOTTOM_TOP"


def test_command_line_writes_the_request(shared_data: Path) -> None:
    file = shared_data / "oct" / "iowa_macula_od.xml"
    command = [sys.executable, "-m", "ophtha_core.oct.importers", str(file)]
    request = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert len(request["segmentation_instances"]) == 19
    assert {each["className"] for each in request["segmentation_instances"][0]["instances"]} == set(RETINA)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("no xml", "surfaces"),
        ("<other/>", "surfaces"),
        ("<surfaces><scan_characteristics><size><x>0</x></size></scan_characteristics></surfaces>", "size.x"),
    ],
)
def test_what_is_no_surfaces_file_is_refused_by_name(content: str, field: str, tmp_path: Path) -> None:
    path = tmp_path / "surfaces.xml"
    path.write_text(content)
    with pytest.raises(InvalidInput) as refusal:
        read_iowa_surfaces(path)
    assert refusal.value.field.endswith(field)


def test_what_is_no_heyex_export_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "broken.vol"
    path.write_bytes(b"HSF-OCT-103" + bytes(20))
    for broken in (path, tmp_path / "absent.xml"):
        with pytest.raises(InvalidInput) as refusal:
            read_heyex(broken)
        assert refusal.value.field == "heyex"


@given(
    rows=st.lists(
        st.lists(st.floats(0, 100, width=32) | st.just(float("nan")), min_size=6, max_size=6), min_size=4, max_size=4
    )
)
def test_layers_of_any_surfaces_are_never_negative_and_add_up(rows: list[list[float]]) -> None:
    surfaces = {name: np.array([row]) for name, row in zip("abcd", rows, strict=True)}
    layers = {one + other: (one, other) for one, other in pairwise("abcd")}
    scan = SegmentedScan(
        slices=[
            [
                Outline(name=each["className"], points=np.array(each["points"]).reshape(-1, 2), field="points")
                for each in part["instances"]
            ]
            for part in layers_between(surfaces, layers, width=6, height=101)
        ],
        width=6,
        height=101,
    )
    maps = scan.thickness_px(list(layers))
    stack = np.array(rows)
    whole = np.isfinite(stack).all(axis=0)
    total = np.sum(list(maps.values()), axis=0)[0]
    highest = np.maximum.accumulate(stack, axis=0)[-1]
    np.testing.assert_allclose(total[whole], (highest - stack[0])[whole], atol=1e-6)
    assert all((values >= 0).all() for values in maps.values())


def test_a_lone_column_is_a_polygon_of_its_own() -> None:
    top = np.array([np.nan, 3.0, np.nan, 2.0, 2.0])
    polygons = list(bands("gcl", top, np.full(5, 7.0)))
    assert [len(each["points"]) // 2 for each in polygons] == [4, 4]
