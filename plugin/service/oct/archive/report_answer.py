"""What a report answers."""

from pydantic import BaseModel, Field

from plugin.service.oct.answers import Meta
from plugin.service.oct.archive.geometry import GeometryAnswer
from plugin.service.oct.archive.storing import StoredObject


class ReportMeta(Meta):
    """How to read the report, and why a part of it is null."""

    reasons: dict[str, str] = Field(description="Why a section is null")
    not_stored: dict[str, str] = Field(description="Why an object was not stored")


class ReportAnswer(BaseModel):
    """Sections are answers of the endpoints of the same names; null where the input does not allow one."""

    geometry: GeometryAnswer
    thickness_maps: dict[str, list[list[float | None]]] | None
    etdrs: dict[str, object] | None
    gcc: dict[str, object] | None
    hemispheres: dict[str, object] | None
    glaucoma: dict[str, object] | None
    pathologies: dict[str, object] | None
    odn: dict[str, object] | None
    rnfl: dict[str, object] | None
    stored: list[StoredObject]
    meta: ReportMeta | None = Field(default=None, description="With include_meta, or where an object was not stored")
