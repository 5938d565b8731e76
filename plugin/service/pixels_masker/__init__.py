"""Pixel masking while Orthanc modifies or anonymizes."""
