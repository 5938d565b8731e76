"""Uploaded files: what a client says of a file it has."""

from collections.abc import Sequence

from sqlalchemy import JSON, BigInteger, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.annotations.accounts import Storage
from plugin.service.annotations.entity import NAME_LENGTH, Entity, refers_to
from plugin.service.annotations.fields import Identifier, Identifiers, Name, OptionalName, SmallNumber, WholeNumber
from plugin.service.annotations.kind import Condition, Kind, owns
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View


class UploadedFile(Entity):
    """What a client says of a file it has."""

    __tablename__ = "ann_uploaded_file"

    original_filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    ext: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    content_type: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    size: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[int] = mapped_column(default=0)
    storage_id: Mapped[int] = refers_to("ann_storage.id")
    user_id: Mapped[int] = refers_to("ann_user.id")
    parent_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("ann_uploaded_file.id", ondelete="SET NULL"), index=True
    )
    projects: Mapped[list[int]] = mapped_column(JSON, default=list)


class _UploadedFileFields(Given):
    ext: OptionalName | None = None
    content_type: OptionalName | None = None
    size: WholeNumber | None = None
    status: SmallNumber | None = None
    user_id: Identifier | None = None
    parent_id: Identifier | None = None
    projects: Identifiers | None = None


class NewUploadedFile(_UploadedFileFields):
    """A file to describe."""

    original_filename: Name
    filename: Name
    storage_id: Identifier


class UploadedFileChange(_UploadedFileFields):
    """What changes of what is said of a file."""

    original_filename: Name | None = None
    filename: Name | None = None
    storage_id: Identifier | None = None


class UploadedFileView(View):
    """What is said of a file."""

    original_filename: str
    filename: str
    ext: str | None
    content_type: str | None
    size: int | None
    status: int
    storage_id: int
    user_id: int
    parent_id: int | None
    projects: list[int] | None
    path: str
    status_text: str = "UPLOADED"


def _views(viewing: Viewing, files: Sequence[UploadedFile]) -> list[UploadedFileView]:
    return [UploadedFileView.of(file, java_class=UPLOADED_FILE.java_class, path=file.filename) for file in files]


def _visible(user_id: int) -> Condition:
    own = select(Storage.id).where(Storage.user_id == user_id)
    return or_(UploadedFile.user_id == user_id, UploadedFile.storage_id.in_(own))


UPLOADED_FILE = Kind(
    label="UploadedFile",
    package="image",
    table=UploadedFile,
    new=NewUploadedFile,
    change=UploadedFileChange,
    shown=UploadedFileView,
    views=_views,
    visible=_visible,
    may_add=owns,
    may_change=owns,
    filters={"parent": UploadedFile.parent_id},
)
router = routes_of(UPLOADED_FILE)
