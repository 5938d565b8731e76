"""Rules that say where devices put their text: kept, listed, imported."""
