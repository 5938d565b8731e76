"""Processes of the service's own that read the files of strangers: what a file does, it does to one of them."""
