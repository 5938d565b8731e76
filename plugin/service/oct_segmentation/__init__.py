"""Segmentations of OCT volumes, kept with the volume in Orthanc: drawn over its B-scans, and reported on."""
