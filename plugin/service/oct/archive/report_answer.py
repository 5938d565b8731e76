"""What a report answers."""

from pydantic import BaseModel, Field

from plugin.service.oct.answers import Meta
from plugin.service.oct.archive.geometry import ReportGeometry
from plugin.service.oct.archive.patterns import PatternGeometry
from plugin.service.oct.archive.stored_layers import LayersUsed
from plugin.service.oct.archive.storing import StoredObject


class ReportMeta(Meta):
    """How to read the report, and why a part of it is null."""

    reasons: dict[str, str] = Field(description="Why a section is null")
    not_stored: dict[str, str] = Field(description="Why an object was not stored")
    centre: str = Field(description="Where the centre of circles is known from")
    axis: dict[str, object] = Field(description="What the halves of the macula are told apart by")
    operator_supplied: list[str] = Field(description="What the request said of the scan and the file does not")
    zero_by_absence: dict[str, int] = Field(description="Columns where a class is 0 only because it was not drawn")


class ReportAnswer(BaseModel):
    """Sections are answers of the endpoints of the same names; null where the input does not allow one."""

    geometry: ReportGeometry | PatternGeometry
    layers: LayersUsed | None = Field(default=None, description="Only where the request brings no layers itself")
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
