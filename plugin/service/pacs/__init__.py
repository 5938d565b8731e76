"""The one way to Orthanc, of the service and of its workers."""
