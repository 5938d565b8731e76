"""What lies in Orthanc, in the words of the pages: studies, their series, and the tools that fit each."""
