"""Rights to store and to remove, for tests that are the only ones at work."""


class Permitted:
    """Always granted."""

    def require(self) -> None:
        return
