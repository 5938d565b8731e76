"""Slides as tiles, for viewers that Orthanc itself lets in: no key of the annotation platform is needed to look."""
