"""Annotations of images: geometry, classes, label masks and exchange formats."""
