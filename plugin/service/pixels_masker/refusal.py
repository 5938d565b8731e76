"""Refusals of a request that name its fields."""

from collections.abc import Sequence

from plugin.service.errors import BadRequest, Detail


def refuse(*details: Detail) -> BadRequest:
    """A refusal that names the fields, each also in words."""
    named = [Detail(each.loc, f"{dotted(each.loc)}: {each.msg}") for each in details]
    more = f" (and {len(named) - 1} more)" if len(named) > 1 else ""
    return BadRequest(named[0].msg + more, details=named)


def dotted(loc: Sequence[str | int]) -> str:
    """``("body", "MaskPixelData", "Regions", 1, "End")`` as ``body.MaskPixelData.Regions[1].End``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
