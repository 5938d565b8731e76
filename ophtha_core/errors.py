"""What the library refuses.

OphthaError
├── InvalidInput        a value the caller gave cannot be used; ``field`` names it
├── UnreadableImage     a DICOM object whose content contradicts itself or cannot be decoded
└── PackageMissing      an optional package is not installed
"""

from typing import Self


class OphthaError(Exception):
    """Base of every error this library raises on purpose."""


class InvalidInput(OphthaError):
    """A value given by the caller cannot be used.

    ``field`` is the path of the value in the caller's terms, e.g. ``Regions[1].End``.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """Errors travel between processes: by what they are made of."""
        return type(self), (self.field, self.message)


class UnreadableImage(OphthaError):
    """The object is no image this library can decode, or its headers contradict its pixel data."""


class PackageMissing(OphthaError):
    """What was asked for needs a package that is not installed here; the text names it."""
