"""Lesions of the lung, outlined and measured in one scan, compared between two. It measures; it does not diagnose."""
