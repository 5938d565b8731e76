"""Who may come in: users, their roles, keys and storages, and the secrets of this installation."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.annotations.entity import NAME_LENGTH, Entity, owned_by, refers_to
from plugin.service.records import Record


class Secret(Record):
    """Random secrets of this installation."""

    __tablename__ = "ann_secret"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(128))


class User(Entity):
    """A user; ``is_configured`` for those of the settings, who cannot be changed here."""

    __tablename__ = "ann_user"

    username: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    firstname: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    lastname: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    email: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    language: Mapped[str] = mapped_column(String(16), default="EN")
    public_key: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    private_key: Mapped[str] = mapped_column(String(NAME_LENGTH))
    is_configured: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)


class UserRole(Entity):
    """A role of a user: the id of one of the three fixed roles."""

    __tablename__ = "ann_user_role"
    __table_args__ = (UniqueConstraint("user_id", "role_id"),)

    user_id: Mapped[int] = owned_by("ann_user.id")
    role_id: Mapped[int]


class Storage(Entity):
    """A place for files of a user. Everybody has one from the beginning: clients upload into the first they find."""

    __tablename__ = "ann_storage"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    user_id: Mapped[int] = refers_to("ann_user.id")


def storage_name(username: str) -> str:
    """What the first storage of a user is called."""
    return f"{username} storage"[:NAME_LENGTH]
