"""One valid request for every endpoint that answers without a stored examination."""

from collections.abc import Mapping

import numpy as np

from tests.kit.oct import scan_parameters

PREFIX = "/plugins/oct/"
SCAN = scan_parameters(column_spacing=0.25, slice_spacing=0.25)
MAP = np.round(40 + 10 * np.random.default_rng(5).random((26, 26)), 3).tolist()
LAYERS = {"rnfl": MAP, "gcl": MAP, "ipl": MAP}
LESION = np.zeros((26, 26))
LESION[11:14, 12:16] = 6.0
LESION_MAP = LESION.tolist()
SQUARE = [10, 10, 40, 10, 40, 30, 10, 30]
INSTANCES = [{"className": "drusen", "points": SQUARE, "score": 0.9}]
SLICE = {"instances": INSTANCES, "metadata": {"width": 60, "height": 50, "model": "x"}}
SEGMENTED = {
    **scan_parameters(column_spacing=0.1, slice_spacing=0.25),
    "segmentation_instances": [SLICE] * 24,
    "pixel_image_width": 60,
    "pixel_image_height": 50,
    "exam_center_coordinate_xz": [29.5, 11.5],
}
PIXEL = {"pixel_spacing_column": 0.01, "pixel_spacing_row": 0.004}
LANDMARKS = {
    "indices": [4, 5, 6, 7],
    "coordinates": [[[10, 5], [20, 6], [30, 5]]] * 4,
    "landmark_probabilities": [0.9, 0.9, [0.9, 0.8, 0.7], 0.9],
}
ANGLES = np.linspace(0, 2 * np.pi, 120, endpoint=False)
DISC = (np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1) * 0.9 + 2).tolist()
CUP = (np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1) * 0.5 + 2).tolist()
NERVE_SLICES = [16, 17, 18, 19, 20, 21, 22, 23, 24]
OPENINGS = [
    [[60 - 8 * (1 - ((i - 20) / 9) ** 2) ** 0.5, 40], [60, 42], [60 + 8 * (1 - ((i - 20) / 9) ** 2) ** 0.5, 40]]
    for i in NERVE_SLICES
]
MEMBRANE = [[0, 0], [55, 0], [57, 90], [63, 90], [65, 0], [119, 0]]
NERVE = scan_parameters(column_spacing=0.1, slice_spacing=0.1)
RNFL_SLICE = {
    "instances": [{"className": "rnfl", "points": [[0, 10], [119, 10], [119, 35], [0, 35]]}],
    "metadata": {"width": 120, "height": 100},
}
GRAPH = {str(index): 0.1 + 0.001 * index for index in range(36)}

SAMPLES: Mapping[str, Mapping[str, object]] = {
    "get_etdrs": {**SCAN, "layers_thickness_maps": LAYERS, "used_layers": ["rnfl", "gcl"]},
    "get_gcc_circle": {**SCAN, "layers_thickness_maps": LAYERS, "used_layers": ["rnfl", "gcl"]},
    "get_exam_type": {"exam_height_mm": 6, "exam_width_mm": 6, "fovea_status": "found", "nerve_status": "not_found"},
    "extract_center_n_fovea": {
        **LANDMARKS,
        "center_probabilities": [0.1, 0.2, 0.9, 0.3],
        "fovea_probabilities": [0.9, 0.9, 0.9, 0.9],
    },
    "extract_nerve_zone_landmarks": {**LANDMARKS, "nerve_probabilities": [0.9, 0.9, 0.9, 0.9]},
    "get_two_segment_circle": {**SCAN, "layers_thickness_maps": LAYERS},
    "get_four_segment_circle": {**SCAN, "layers_thickness_maps": LAYERS},
    "get_full_exam_glaucoma_ppaa_matrix": {"layers_thickness_maps": LAYERS, "use_real_units": False},
    "get_mmzone_glaucoma_ppaa_matrix": {**SCAN, "layers_thickness_maps": LAYERS, "use_real_units": True},
    "get_glaucoma_stage": {"superior_thickness": 80.0, "inferior_thickness": 95},
    "get_glaucoma_distance_to_normal": {"superior_thickness": 80.0, "inferior_thickness": 95},
    "get_linear_calculations": {**PIXEL, "pathology_segm_instances_per_bscan": INSTANCES},
    "get_distance_between_two_points": {**PIXEL, "point_from": [0, 0], "point_to": [30, 100]},
    "get_bscan_area_calculations_by_polygon": {**PIXEL, "pathology_segm_instances_per_bscan": INSTANCES},
    "get_bscan_area_calculations_by_mask": {
        **PIXEL,
        "pathology_segm_instances_per_bscan": INSTANCES,
        "pixel_image_height": 50,
        "pixel_image_width": 60,
    },
    "get_en_face_area_calculations": {
        "pathology_thickness_maps": {"drusen": LESION_MAP},
        "pixel_spacing_column": 0.1,
        "slice_thickness": 0.2,
    },
    "get_volume_calculations": {
        "pathology_thickness_maps": {"drusen": LESION_MAP},
        "pixel_spacing_column": 0.1,
        "pixel_spacing_row": 0.004,
        "slice_thickness": 0.2,
    },
    "get_pathology_volume_etdrs_calculations": {
        **SCAN,
        "pathology_thickness_maps": {"drusen": LESION_MAP},
        "is_cumulative": False,
    },
    "get_pathology_area_etdrs_calculations": {
        **SCAN,
        "pathology_thickness_maps": {"drusen": LESION_MAP},
        "is_cumulative": True,
    },
    "get_pathology_volume_etdrs_calculations_zone": {**SCAN, "pathology_thickness_maps": {"drusen": LESION_MAP}},
    "get_pathology_area_etdrs_calculations_zone": {**SCAN, "pathology_thickness_maps": {"drusen": LESION_MAP}},
    "get_maximal_pathology_slice_index_from_thm": {
        "pathology_thickness_maps": {"drusen": LESION_MAP},
        "exam_center_coordinate_xz": [12.5, 12.5],
        "scan_protocol": "HORIZONTAL_3D",
        **PIXEL,
    },
    "get_pathology_circle_overlap_ratios": {**SCAN, "pathology_thickness_map": LESION_MAP},
    "get_pathology_distance_to_fovea_center": {**SCAN, "pathology_thickness_map": LESION_MAP},
    "get_pathology_amount": {"pathology_thickness_maps": {"drusen": LESION_MAP}},
    "get_amd_stage": {
        "pathology_thickness_maps": {"soft_drusen": LESION_MAP},
        "pixel_spacing_column": 11.7,
        "unique_scan_diseases": ["dry_amd"],
    },
    "get_layer_thickness_map": SEGMENTED,
    "get_pathology_thickness_map": {**SEGMENTED, "use_real_units": False},
    "get_thickness_maps_overlap": {"thickness_maps": {"a": MAP, "b": LESION_MAP}},
    "extract_neuroretinal_rim_circles": {
        **NERVE,
        "nerve_landmarks_list": OPENINGS,
        "nerve_slices": NERVE_SLICES,
        "ilm_list": [MEMBRANE] * len(NERVE_SLICES),
        "num_slices": 40,
        "pixel_image_width": 120,
    },
    "analyze_odn": {"disk": DISC, "cup": CUP},
    "analyze_odn_rnfl": {
        **NERVE,
        "analysis_type": "all",
        "nerve_landmarks_list": OPENINGS,
        "nerve_slice_indices": NERVE_SLICES,
        "nerve_rnfl_layers": [RNFL_SLICE] * 40,
        "laterality": "R",
        "num_slices": 40,
    },
    "compare_odn_rnfl_graphs": {"graph_a": GRAPH, "graph_b": GRAPH},
}
GETS = frozenset({"get_exam_type"})
