"""Frames of series as pictures: before and after masking, and which of them a mask hits."""
