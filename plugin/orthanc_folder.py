"""The folder that relative paths of Orthanc's configuration start from, as Orthanc resolves them itself.

The plugin interface tells the path of a configuration *file*, but the parent of a configuration *folder*: the command
line tells both.
"""

import os
from collections.abc import Sequence
from pathlib import Path

_COMMAND_LINE = Path("/proc/self/cmdline")


def configuration_folder() -> Path:
    """Of the Orthanc whose process this is."""
    return folder_of(os.fsdecode(_COMMAND_LINE.read_bytes()).split("\0")[1:], Path.cwd())


def folder_of(arguments: Sequence[str], working: Path) -> Path:
    """Of an Orthanc with these command-line arguments, started in the folder ``working``."""
    named = [argument for argument in arguments if argument and not argument.startswith("-")]
    if not named:
        return working
    path = working / named[-1]
    return path if path.is_dir() else path.parent
