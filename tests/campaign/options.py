"""What a run does: its parts, how long each may take, and the seed of everything that is random."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """The parts of a campaign, in the order they run."""

    FUZZ = "fuzz"
    FILES = "files"
    CHAOS = "chaos"
    SOAK = "soak"

    @property
    def seconds(self) -> float:
        """How long the part takes when nothing else is said."""
        return _SECONDS[self]


_SECONDS = {Part.FUZZ: 600.0, Part.FILES: 1800.0, Part.CHAOS: 1200.0, Part.SOAK: 600.0}


@dataclass(frozen=True)
class Options:
    """One run."""

    parts: tuple[Part, ...] = tuple(Part)
    seconds: float | None = None
    """Of each part; None for the part's own."""
    seed: int = 1

    def seconds_of(self, part: Part) -> float:
        return self.seconds if self.seconds is not None else part.seconds


def read_options(arguments: Sequence[str]) -> Options:
    """Options of a command line; ends the process with a message when they cannot be used."""
    parser = argparse.ArgumentParser(prog="tests.campaign", description=__doc__)
    parser.add_argument("--parts", default=" ".join(Part), help=f"of {', '.join(Part)}; commas or blanks between")
    parser.add_argument("--seconds", type=float, default=None, help="of each part")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    try:
        parts = tuple(Part(name) for name in given.parts.replace(",", " ").split())
    except ValueError as error:
        parser.error(str(error))
    return Options(parts=parts, seconds=given.seconds, seed=given.seed)
