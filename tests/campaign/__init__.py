"""A campaign against the whole product: fuzzed calls, hostile files, faults and load. ``make campaign`` runs it."""
