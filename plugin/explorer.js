// Buttons of the ophtha tools in Orthanc Explorer.
