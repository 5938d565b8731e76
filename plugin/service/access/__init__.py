"""Who comes in: doors, keys, rates, cross-site requests."""
