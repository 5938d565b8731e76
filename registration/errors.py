"""What a registration can end with.

RegistrationError            ``code`` is the error code of the job
├── InvalidContent           InvalidFile.Content: the files are CT images, but no usable chest series
│   └── NotCt                one file is an image of another kind: left out as long as there are enough others
├── UndecodableFile          InvalidFile.Decode: a file is no DICOM image or its pixels cannot be decoded
└── RegistrationFailed       InternalError.Algo: the result did not pass the quality check
RegistrationCancelled        the caller asked to stop; no error of the job

Messages name files by their place in the list given (``ReferenceList.12``, counted from 1) and never hold patient data.
"""

from typing import ClassVar


class RegistrationError(Exception):
    """Base of every reason for which a registration job fails."""

    code: ClassVar[str]


class InvalidContent(RegistrationError):
    """The images given are not two axial chest CT series of one patient."""

    code = "InvalidFile.Content"


class NotCt(InvalidContent):
    """A file is a DICOM object, but no CT image in grey values."""


class UndecodableFile(RegistrationError):
    """A file is no DICOM image, or its pixels cannot be decoded."""

    code = "InvalidFile.Decode"


class RegistrationFailed(RegistrationError):
    """The registration ran, but its result is not trustworthy."""

    code = "InternalError.Algo"


class RegistrationCancelled(Exception):
    """The caller's ``cancelled`` answered yes."""
