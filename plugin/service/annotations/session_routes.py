"""Who the caller is: whether the service answers, the caller's user and keys."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import select

from ophtha_core import __version__
from plugin.service.access.senders import sender_of
from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller, CallerOf, identify_if_possible
from plugin.service.annotations.fields import text
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.user import USER, UserView
from plugin.service.annotations.requests import Asking, AskingOf, BaseUrlOf, Id
from plugin.service.errors import Forbidden, NotFound, Unauthorized

router = protocol_router()
_CAMEL = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))


class Pong(BaseModel):
    """That the service is there, and whether it knows who asks."""

    model_config = _CAMEL

    alive: bool = True
    authenticated: bool
    version: str = __version__
    server_url: str = Field(serialization_alias="serverURL")
    user: int | None
    needs_no_keys: bool = Field(description="Whether the caller is known by a password, or by a proxy in front")


class CurrentUser(UserView):
    """The caller; the private key only when the request was signed with it."""

    public_key: str
    private_key: str | None = Field(None, exclude_if=lambda key: key is None)
    is_switched: bool = False
    admin_by_now: bool
    user_by_now: bool
    guest_by_now: bool


class Keys(BaseModel):
    """Both keys of a user."""

    model_config = _CAMEL

    primary_key: int
    public_key: str
    private_key: str


class Signed(BaseModel):
    """Who signed a request."""

    model_config = _CAMEL

    public_key: str
    user: int
    valid: bool = True


@router.get("/server/ping")
def ping(
    request: Request, caller: Annotated[Caller | None, Depends(identify_if_possible)], base_url: BaseUrlOf
) -> Pong:
    """Whether the service is there, and knows who asks. The only route that answers strangers."""
    return Pong(
        authenticated=caller is not None,
        server_url=base_url,
        user=caller.user_id if caller else None,
        needs_no_keys=caller is not None and not sender_of(request.scope).is_by_keys,
    )


@router.get("/session/admin/open.json")
@router.get("/session/admin/close.json")
def admin_session(asking: AskingOf) -> CurrentUser:
    """Administrators act as such in every request: opening and closing changes nothing."""
    if not asking.caller.is_admin:
        raise Forbidden("Only administrators open an administrator's session")
    return current_user(asking)


@router.get("/api/user/current.json")
@router.get("/api/currentuser.json")
def current_user(asking: AskingOf) -> CurrentUser:
    """The caller, with keys when the request was signed with them."""
    caller = asking.caller
    with asking.platform.sessions() as session:
        row = store.find(session, caller, User, caller.user_id)
        view = USER.view(asking.viewing(session), row)
    return CurrentUser(
        **dict(view),
        public_key=caller.public_key,
        private_key=caller.private_key if caller.is_signed else None,
        admin_by_now=view.admin,
        user_by_now=view.user,
        guest_by_now=view.guest,
    )


@router.get("/api/user/{object_id}/keys.json")
def keys_of_user(object_id: Id, asking: AskingOf) -> Keys:
    """Keys of a user: one's own, or anyone's for administrators."""
    with asking.platform.sessions() as session:
        return _keys(asking, session.get(User, object_id))


@router.get("/api/userkey/{public_key}/keys.json")
def keys_of_public_key(public_key: str, asking: AskingOf) -> Keys:
    """Both keys of the owner of a public key: one's own, or anyone's for administrators."""
    with asking.platform.sessions() as session:
        return _keys(asking, session.scalar(select(User).where(User.public_key == text(public_key, "key"))))


def _keys(asking: Asking, user: User | None) -> Keys:
    caller = asking.caller
    if user is None or not (caller.is_admin or user.id == caller.user_id):
        raise NotFound("There are no such keys")
    if not caller.is_signed:
        raise Unauthorized("Sign the request to see keys")
    if user.is_configured and user.id != caller.user_id:
        raise Forbidden("The keys of this user are in the configuration")
    return Keys(primary_key=user.id, public_key=user.public_key, private_key=asking.platform.private_key_of(user))


@router.get("/api/signature.json")
def signature(caller: CallerOf) -> Signed:
    """Who signed this request."""
    if not caller.is_signed:
        raise Unauthorized("Sign the request")
    return Signed(public_key=caller.public_key, user=caller.user_id)
