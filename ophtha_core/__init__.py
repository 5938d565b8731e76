"""Reading, masking, measuring and writing medical images; knows no HTTP and no Orthanc."""

__version__ = "0.1.0"
"""Of the whole product: packaging, status and the equipment of new objects take it from here."""
