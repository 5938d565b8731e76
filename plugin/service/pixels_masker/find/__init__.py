"""Finding what to mask: text, regions of ultrasound."""
