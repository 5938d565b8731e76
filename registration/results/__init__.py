"""What a registration leaves behind: NIfTI, DICOM, the field, registration objects, report and previews."""
