"""Which of the rules that are kept a request asks for."""

import asyncio

from ophtha_core.detection.finding import Finder
from plugin.service.errors import Detail
from plugin.service.jobs import JsonObject
from plugin.service.pixels_masker.find.wish import FindModel
from plugin.service.pixels_masker.refusal import refuse
from plugin.service.pixels_masker.rules.store import RuleStore
from plugin.service.records import Sessions


async def chosen_rules(sessions: Sessions, wish: FindModel | None, loc: tuple[str, ...]) -> list[JsonObject]:
    """The definitions as they are now, for the record of a job: those that are named, or all.

    ``loc`` is where the request has ``wish``. Raises BadRequest when a name is unknown, or there is no rule at all:
    nothing would be looked for, and every image seem clean.
    """
    if wish is None or Finder.RULES not in wish.find:
        if wish is not None and wish.rules:
            raise refuse(Detail((*loc, "Rules"), "needs Rules in Find"))
        return []
    stored = {str(each["Name"]): each for each in await asyncio.to_thread(RuleStore(sessions).all)}
    unknown = [index for index, name in enumerate(wish.rules) if name not in stored]
    if unknown:
        raise refuse(*(Detail((*loc, "Rules", each), "is no rule that is kept") for each in unknown))
    if not stored:
        raise refuse(Detail((*loc, "Find"), "asks for Rules, and none is kept"))
    return [each for name, each in stored.items() if not wish.rules or name in wish.rules]
