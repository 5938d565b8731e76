"""OCT analytics side by side with eyepy's quantification, and what a whole report costs.

    PYTHONPATH=. .venv/bin/python benchmarks/oct.py

CPU time of one process, the best of a few runs; "cold" is the first time a grid is seen, "warm" with its weights cached
(both libraries cache them). Requests are parsed, validated, computed and serialised as the routes do it.
"""

import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from eyepy import EyeVolume
from eyepy.core.eyemeta import EyeBscanMeta, EyeVolumeMeta
from eyepy.core.grids import create_grid_regions
from numpy.typing import NDArray
from pydantic_core import from_json, to_json

from ophtha_core.oct.circles import ETDRS, sector_statistics, sector_weights
from ophtha_core.oct.enface import EnFaceGrid
from ophtha_core.oct.layer_surfaces import Surface
from ophtha_core.oct.segmentation.segment import segment_retina
from ophtha_core.oct.segmentation.stack import PixelSize
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_speckle import ScanConditions, SpeckledScan
from plugin.service.oct import circles, glaucoma, rnfl, thickness_maps

Floats = NDArray[np.float64]
SLICES, COLUMNS, DEPTH, LAYERS = 128, 512, 128, 11
EXTENT_MM = 6.0
NAMES = ("rnfl", "gcl", "ipl", "inl", "opl", "onl", "elm", "mz", "ez", "os", "rpe")
SCAN = {
    "pixel_spacing_column": EXTENT_MM / COLUMNS,
    "pixel_spacing_row": 0.0039,
    "slice_thickness": EXTENT_MM / SLICES,
    "scan_protocol": "HORIZONTAL_3D",
    "slice_direction": "TOP_BOTTOM",
    "pixel_direction": "LEFT_RIGHT",
}


@dataclass(frozen=True)
class Line:
    """One line of the table; `limit` is what is promised, as seconds or as a ratio."""

    what: str
    seconds: float
    note: str = ""


def cpu_seconds(work: Callable[[], object], *, runs: int = 5, before: Callable[[], object] | None = None) -> float:
    """Best CPU time of a few runs."""
    best = float("inf")
    for _ in range(runs):
        if before is not None:
            before()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def grid(rows: int = SLICES, columns: int = COLUMNS) -> EnFaceGrid:
    """A field of 6 x 6 mm."""
    return EnFaceGrid(
        rows=rows, columns=columns, row_spacing_mm=EXTENT_MM / rows, column_spacing_mm=EXTENT_MM / columns
    )


def eyepy_volume() -> EyeVolume:
    """A volume of the same field; its pixels are not looked at."""
    width_mm = (COLUMNS - 1) * EXTENT_MM / COLUMNS
    places = [
        EyeBscanMeta(start_pos=(0.0, y), end_pos=(width_mm, y), pos_unit="mm")
        for y in np.arange(SLICES) * EXTENT_MM / SLICES
    ]
    meta = EyeVolumeMeta(
        scale_z=EXTENT_MM / SLICES,
        scale_x=EXTENT_MM / COLUMNS,
        scale_y=0.0039,
        scale_unit="mm",
        bscan_meta=places,
        laterality="OD",
    )
    return EyeVolume(data=np.zeros((SLICES, DEPTH, COLUMNS), dtype=np.float32), meta=meta)


def eyepy_lines(thickness_px: Floats) -> list[Line]:
    """eyepy's quantification of a map on the ETDRS grid."""
    volume = eyepy_volume()
    voxels = np.arange(DEPTH)[None, :, None] < thickness_px[:, None, :]
    rings = {"radii": (0.5, 1.5, 3.0), "n_sectors": (1, 4, 4), "rotation": (0, 45, 45)}

    def quantify() -> object:
        return volume.add_pixel_annotation(voxels, meta={"name": "retina", **rings}).quantification

    cold = cpu_seconds(quantify, runs=3, before=create_grid_regions.cache_clear)
    return [Line("eyepy, ETDRS, cold", cold), Line("eyepy, ETDRS, warm", cpu_seconds(quantify, runs=3))]


def our_lines(thickness: Floats) -> list[Line]:
    """The same sectors by exact areas."""
    field = grid()

    def quantify() -> object:
        return sector_statistics(field, thickness, circle=ETDRS)

    cold = cpu_seconds(quantify, before=sector_weights.cache_clear)
    return [Line("ours, ETDRS, cold", cold), Line("ours, ETDRS, warm", cpu_seconds(quantify))]


def outlines() -> list[dict[str, object]]:
    """11 layers of 128 B-scans, borders of 512 points each."""
    rng = np.random.default_rng(1)
    x = np.arange(COLUMNS)
    slices: list[dict[str, object]] = []
    for index in range(SLICES):
        border = 100 + 8 * np.sin(x / 60 + index / 20)
        instances = []
        for name in NAMES:
            below = border + 12 + 3 * np.cos(x / 45) + rng.uniform(0, 0.5, COLUMNS)
            points = np.concatenate([np.stack([x, border], axis=1), np.stack([x, below], axis=1)[::-1]])
            instances.append({"className": name, "points": np.round(points, 2).tolist()})
            border = below
        slices.append({"instances": instances, "metadata": {"width": COLUMNS, "height": 496}})
    return slices


def map_request(slices: list[dict[str, object]]) -> thickness_maps.LayerSegmentationRequest:
    """A request as it looks once parsed."""
    return thickness_maps.LayerSegmentationRequest.model_validate(
        {**SCAN, "segmentation_instances": slices, "pixel_image_width": COLUMNS, "pixel_image_height": 496}
    )


def map_lines(slices: list[dict[str, object]]) -> list[Line]:
    """Polygons to maps: the columns alone, and the route with reading points and writing JSON."""
    request = map_request(slices)
    scan = request.segmented_scan()
    return [
        Line("layer maps from outlines", cpu_seconds(lambda: scan.thickness_px(NAMES), runs=3), "<= 0.5 s"),
        Line("  reading and checking 1.4 M points", cpu_seconds(request.segmented_scan, runs=3)),
        Line("  whole route, JSON out", cpu_seconds(lambda: thickness_maps.get_layer_thickness_map(request), runs=3)),
    ]


def report_lines(slices: list[dict[str, object]]) -> list[Line]:
    """Maps, then every circle, matrix and graph, as the routes answer them."""
    scan = map_request(slices).segmented_scan()
    nerve = {
        "nerve_landmarks_list": [[[220, 300], [300, 300]]] * 20,
        "nerve_slice_indices": list(range(54, 74)),
        "nerve_rnfl_layers": [
            {"instances": [entry["instances"][0]], "metadata": entry["metadata"]}  # type: ignore[index]
            for entry in slices
        ],
    }

    def report() -> None:
        maps = scan.thickness_px(NAMES)
        layers = {**SCAN, "layers_thickness_maps": {name: values.tolist() for name, values in maps.items()}}
        real = {**layers, "use_real_units": True}
        circle = circles.CircleRequest.model_validate({**layers, "used_layers": list(NAMES), "include_meta": True})
        circles.get_etdrs(circle)
        circles.get_gcc_circle(circles.GccRequest.model_validate({**layers, "used_layers": list(NAMES)}))
        circles.get_two_segment_circle(circles.TwoSegmentRequest.model_validate(layers))
        circles.get_four_segment_circle(circles.FourSegmentRequest.model_validate(layers))
        glaucoma.get_mmzone_glaucoma_ppaa_matrix(glaucoma.ZoneAsymmetryRequest.model_validate(real))
        whole = {"layers_thickness_maps": layers["layers_thickness_maps"], "use_real_units": False}
        glaucoma.get_full_exam_glaucoma_ppaa_matrix(glaucoma.FullAsymmetryRequest.model_validate(whole))
        around = {**SCAN, **nerve, "analysis_type": "all", "laterality": "R", "num_slices": SLICES}
        rnfl.analyze_odn_rnfl(rnfl.RnflRequest.model_validate(around))

    return [Line("whole report, cold", cpu_seconds(report, runs=3, before=sector_weights.cache_clear), "<= 1 s")]


def body_lines() -> list[Line]:
    """A body of 11 maps: parsed, validated, and maps written."""
    rng = np.random.default_rng(2)
    maps = {name: rng.uniform(0, 60, (SLICES, COLUMNS)).tolist() for name in NAMES}
    body = to_json({**SCAN, "layers_thickness_maps": maps, "used_layers": list(NAMES)})
    parsed = from_json(body)
    size = f"{len(body) / 1e6:.1f} MB"
    return [
        Line(f"parse a body of {size}", cpu_seconds(lambda: from_json(body))),
        Line(
            f"validate a body of {size}", cpu_seconds(lambda: circles.CircleRequest.model_validate(parsed)), "<= 0.1 s"
        ),
        Line(f"serialise maps of {size}", cpu_seconds(lambda: to_json({"thickness_maps": maps}, inf_nan_mode="null"))),
    ]


def scaling_lines() -> list[Line]:
    """Cold cost for 1, 4 and 16 times the cells."""
    lines = []
    for factor in (1, 2, 4):
        field = grid(SLICES * factor, COLUMNS // 2 * factor)
        values = np.ones(field.shape)
        seconds = cpu_seconds(
            lambda field=field, values=values: sector_statistics(field, values, circle=ETDRS),  # type: ignore[misc]
            runs=3,
            before=sector_weights.cache_clear,
        )
        per_cell = seconds / (field.rows * field.columns) * 1e9
        lines.append(Line(f"ETDRS, cold, {field.rows} x {field.columns}", seconds, f"{per_cell:.0f} ns a cell"))
    return lines


def segmentation_lines() -> list[Line]:
    """Surfaces of 128 speckled B-scans of 512 x 496, from decoded pixels: time, memory of the process, errors."""
    phantom = OctPhantom(
        num_slices=SLICES,
        columns=COLUMNS,
        rows=496,
        slice_spacing_mm=EXTENT_MM / SLICES,
        pixel_spacing_column_mm=EXTENT_MM / COLUMNS,
        pixel_spacing_row_mm=0.0039,
    )
    size = PixelSize(row_um=3.9, column_um=1000 * EXTENT_MM / COLUMNS, slice_um=1000 * EXTENT_MM / SLICES)
    lines = []
    for speckle in (1.0, 2.0):
        scan = SpeckledScan(phantom=phantom, conditions=ScanConditions(speckle=speckle))
        frames, truth = list(scan.frames()), scan.truth()
        start = time.process_time()
        found = segment_retina(frames, size)
        seconds = time.process_time() - start
        errors = {name: found.layers.surfaces[name] - truth[name] for name in (Surface.ILM, Surface.BM)}
        mae = ", ".join(f"{name} {np.nanmean(np.abs(each)):.2f} px" for name, each in errors.items())
        bias_um = float(np.nanmean(errors[Surface.BM] - errors[Surface.ILM])) * size.row_um
        marked = max(float(np.isnan(each).mean()) for each in errors.values())
        note = f"<= 10 s; MAE {mae}; retina {bias_um:+.2f} µm; left out {marked:.1%}"
        lines.append(Line(f"segmentation, speckle x{speckle:g}", seconds, note))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*lines, Line(f"  peak of the process: {peak_mb:.0f} MB", 0.0, "< 1 GB")]


def main() -> None:
    """Print the table and the ratios."""
    warnings.simplefilter("ignore")
    thickness_px = 70 + 10 * np.sin(np.arange(COLUMNS) / 40)[None, :] + np.zeros((SLICES, 1))
    theirs, ours = eyepy_lines(thickness_px), our_lines(thickness_px * 3.9)
    slices = outlines()
    lines = [*theirs, *ours, *map_lines(slices), *report_lines(slices), *body_lines(), *scaling_lines()]
    lines = [*segmentation_lines(), *lines]
    for line in lines:
        print(f"{line.what:<40} {line.seconds * 1000:10.1f} ms   {line.note}")
    for kind, their, our in zip(("cold", "warm"), theirs, ours, strict=True):
        print(f"eyepy / ours, {kind}: {their.seconds / our.seconds:.0f} x  (promised: 10 x)")


if __name__ == "__main__":
    main()
