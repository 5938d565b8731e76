"""Files of scanners and cameras as DICOM slides."""
