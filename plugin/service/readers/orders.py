"""What the service asks of the template process, and its answers: a letter and a process id."""

import struct
from typing import Final

ORDER: Final = struct.Struct("<ci")
FORK: Final = b"F"
KILL: Final = b"K"
