"""The web pages: built by Vite from ``web/`` into ``dist/``, served from there."""
