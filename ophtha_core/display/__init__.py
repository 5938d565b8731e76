"""Images as a screen shows them: frames, masked frames, stacks of slices, small volumes."""
