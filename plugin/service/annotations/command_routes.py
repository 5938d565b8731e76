"""Undo and redo: the last thing that the caller did, or one by its number."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from plugin.service.annotations.callers import IdentifiedOf, refuse_replay
from plugin.service.annotations.commands import Command
from plugin.service.annotations.kind import kind_in, kind_of
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.requests import Asking, AskingOf, Id
from plugin.service.annotations.shapes import write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.undoing import Done, apply_inverse
from plugin.service.errors import Forbidden, NotFound

router = protocol_router()
"""Of writes, by whichever method: clients say GET."""
_SHOWN: Final = 1000
"""Objects of one answer that are shown whole."""


def require_signature(request: Request, identified: IdentifiedOf, asking: AskingOf) -> None:
    """A GET that writes is carried out for who signs it, once: a link or a picture on another page does not sign.

    Raises Forbidden, Unauthorized.
    """
    if not asking.caller.is_signed:
        raise Forbidden("Undo and redo by GET must be signed with keys; post it instead")
    refuse_replay(request, identified, asking.platform, body_digest=hashlib.sha256().digest(), is_write=True)


SIGNED: Final = Depends(require_signature)


class CommandDone(BaseModel):
    """What undoing or redoing did to one object, which stands under the key of its kind where it is still there."""

    model_config = ConfigDict(extra="allow")

    success: bool = True
    message: str
    callback: dict[str, str | int] | None
    print_message: bool = Field(default=True, serialization_alias="printMessage")
    command: int | None = None


class CommandsDone(BaseModel):
    """What undoing or redoing did."""

    collection: list[CommandDone]


def _add_routes(verb: str, *, is_undoing: bool) -> None:
    whole, one = f"/api/command/{verb}.json", f"/api/command/{{command_id}}/{verb}.json"

    def last(asking: AskingOf) -> CommandsDone:
        return _carried_out(asking, None, is_undoing=is_undoing)

    def named(command_id: Id, asking: AskingOf) -> CommandsDone:
        return _carried_out(asking, command_id, is_undoing=is_undoing)

    for method, first in (("GET", [SIGNED]), ("POST", [])):
        told = f"{verb.title()} %s of the caller, as far as nobody has changed it since (409) and rights allow it."
        router.add_api_route(
            whole, last, methods=[method], name=f"{verb} last", dependencies=first,
            description=told % "what was done last",
        )  # fmt: skip
        router.add_api_route(
            one, named, methods=[method], name=f"{verb} command", dependencies=first, description=told % "one command"
        )


_add_routes("undo", is_undoing=True)
_add_routes("redo", is_undoing=False)


def _carried_out(asking: Asking, command_id: int | None, *, is_undoing: bool) -> CommandsDone:
    word = "undo" if is_undoing else "redo"
    with asking.platform.journaled(asking.caller) as (session, journal):
        command = _command(session, asking, command_id, is_undoing=is_undoing)
        if command is None:
            return CommandsDone(collection=[CommandDone(message=f"There is nothing to {word}", callback=None)])
        done = apply_inverse(session, asking.caller, command.read())
        steps = journal.steps()
        assert steps is not None, "what was undoable stays so"
        command.write(steps)
        command.undone = next_ids(session, 1)[0] if is_undoing else None
        session.flush()
        return CommandsDone(collection=_views(session, asking, command.id, done))


def _command(session: Session, asking: Asking, command_id: int | None, *, is_undoing: bool) -> Command | None:
    """The command to undo or redo. Raises NotFound for one that is not the caller's."""
    own: Select[Command] = select(Command).where(Command.user_id == asking.caller.user_id)
    if command_id is not None:
        found = session.scalar(own.where(Command.id == command_id))
        if found is None:
            raise NotFound(f"Command {command_id} not found")
        return found if (found.undone is None) is is_undoing else None
    if is_undoing:
        return session.scalar(own.where(Command.undone.is_(None)).order_by(Command.id.desc()).limit(1))
    return session.scalar(own.where(Command.undone.is_not(None)).order_by(Command.undone.desc()).limit(1))


def _views(session: Session, asking: Asking, command_id: int, done: Sequence[Done]) -> list[CommandDone]:
    shown: dict[int, dict[str, Any]] = {}
    for table in dict.fromkeys(each.table for each in done):
        here = [each.id for each in done if each.table is table and each.verb != "Delete"][:_SHOWN]
        if here and _has_kind(table):
            kind = kind_of(table)
            rows = session.scalars(select(table).where(table.id.in_(here))).all()
            for view in kind.views(asking.viewing(session), rows):
                shown[view.id] = {"annotation" if kind.key == "userannotation" else kind.key: view}
    return [_view(each, command_id, shown.get(each.id, {})) for each in done]


def _view(done: Done, command_id: int, shown: dict[str, Any]) -> CommandDone:
    label = kind_of(done.table).label if _has_kind(done.table) else done.table.__name__
    key = "annotation" if label == "UserAnnotation" else label.lower()
    words = write_words(label, done.verb, done.id, key=key)
    return CommandDone.model_validate({**words, "command": command_id, **shown})


def _has_kind(table: type[Any]) -> bool:
    try:
        kind_in(table.__tablename__)
    except KeyError:
        return False
    return True
