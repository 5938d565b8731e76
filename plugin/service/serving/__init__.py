"""How requests arrive: listening, connections, bounded bodies."""
