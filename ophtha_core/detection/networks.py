"""The two networks that find and read lines of text: PP-OCRv6 small, as the package rapidocr carries them.

Only its weights are used, from the installed files: nothing is downloaded, and nothing but the processor is asked.
The runtime is imported when the first picture is looked at, since few processes ever look at one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import files, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import PackageMissing

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_PACKAGE: Final = "rapidocr"
_FINDS: Final = "PP-OCRv6_det_small.onnx"
_READS: Final = "PP-OCRv6_rec_small.onnx"
_THREADS: Final = 1
"""A machine has as many workers as it has cores to spare; one frame takes less than a second on one of them."""

Input = NDArray[np.float32]
"""Pictures (number, 3, rows, columns) of values from -1 to 1."""


class NetworksMissing(PackageMissing):
    """The package that carries the networks is not installed, or not wholly."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TextNetworks:
    """The networks, loaded."""

    _finder: "InferenceSession"
    _reader: "InferenceSession"
    alphabet: tuple[str, ...]
    """Character of each class of the reader; the first stands for none."""

    def text_map(self, picture: Input) -> NDArray[np.float32]:
        """How likely each pixel (rows, columns) of one picture lies in the core of a line of text, 0 to 1.

        Both sides of the picture are multiples of 32.
        """
        marks: NDArray[np.float32] = _run(self._finder, picture)[0, 0]
        return marks

    def classes(self, lines: Input) -> NDArray[np.float32]:
        """Likelihood of each class in each step along lines of 48 rows: (number, steps, classes)."""
        return _run(self._reader, lines)


@cache
def text_networks() -> TextNetworks:
    """The networks of this process, loaded once. Raises NetworksMissing."""
    reader = _session(_READS)
    characters = reader.get_modelmeta().custom_metadata_map["character"].split("\n")
    return TextNetworks(_finder=_session(_FINDS), _reader=reader, alphabet=("", *characters, " "))


def networks_version() -> str:
    """Version of the package that carries the networks."""
    return version(_PACKAGE)


def _session(name: str) -> "InferenceSession":
    try:
        import onnxruntime
    except ImportError as error:
        raise NetworksMissing("the package onnxruntime is not installed") from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = _THREADS
    options.enable_cpu_mem_arena = False  # else each size of picture keeps its memory for good
    return onnxruntime.InferenceSession(str(_weights(name)), options, providers=["CPUExecutionProvider"])


def _weights(name: str) -> Path:
    for path in _installed():
        if path.name == name:
            return path
    raise NetworksMissing(f"the installed package {_PACKAGE} holds no {name}")


def _installed() -> Iterator[Path]:
    try:
        listed = files(_PACKAGE) or ()
    except ImportError as error:
        raise NetworksMissing(f"the package {_PACKAGE} is not installed") from error
    return (Path(str(file.locate())) for file in listed)


def _run(session: "InferenceSession", pictures: Input) -> NDArray[np.float32]:
    found: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(pictures)})[0]
    return found
