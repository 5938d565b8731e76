"""Segmentations made elsewhere, in the shape the OCT endpoints take.

``python -m ophtha_core.oct.importers FILE`` writes one as the JSON request of ``get_layer_thickness_map``.
"""
