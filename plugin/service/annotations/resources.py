"""Every kind of object of the protocol, declared: its fields, its parents, what must be unique."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from plugin.service.annotations import fields as f
from plugin.service.annotations import tables as t
from plugin.service.annotations.fields import Field
from plugin.service.annotations.wire import PACKAGE

DEFAULT_COLOR: Final = "#ff0000"


@dataclass(frozen=True)
class Resource:
    """One kind of object.

    ``key`` is its name in addresses and answers, ``parents`` maps the name of a parent in an address to the column
    that refers to it. ``filled_in`` are columns that the caller's user id is written to when nothing is given.
    ``filters`` are fields that a listing may be cut by; ``unrecorded`` are filters of clients about things that
    nobody writes down here.
    """

    key: str
    label: str
    class_name: str
    table: type[t.Entity]
    fields: tuple[Field, ...]
    parents: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[tuple[str, ...], ...] = ()
    filled_in: str | None = None
    defaults: Mapping[str, object] = field(default_factory=dict)
    listed: bool = True
    aliases: tuple[str, ...] = ()
    filters: tuple[Field, ...] = ()
    unrecorded: tuple[str, ...] = ()

    @property
    def java_class(self) -> str:
        return f"{PACKAGE}.{self.class_name}"


_CALIBRATION: Final = (
    Field("physicalSizeX", "physical_size_x_um", f.positive_number),
    Field("physicalSizeY", "physical_size_y_um", f.positive_number),
    Field("physicalSizeZ", "physical_size_z_um", f.positive_number),
    Field("fps", "fps", f.positive_number),
    Field("magnification", "magnification", f.small_integer),
)

_ALL: Final = (
    Resource(
        key="user",
        label="User",
        class_name="security.User",
        table=t.User,
        fields=(
            Field("username", "username", f.text, required=True),
            Field("firstname", "firstname", f.optional_text),
            Field("lastname", "lastname", f.optional_text),
            Field("email", "email", f.optional_text),
            Field("language", "language", f.one_of("EN", "FR", "NL", "ES", "NO")),
        ),
        unique=(("username",),),
        filters=(Field("publicKey", "public_key", f.text),),
        unrecorded=("online",),
    ),
    Resource(
        key="ontology",
        label="Ontology",
        class_name="ontology.Ontology",
        table=t.Ontology,
        fields=(Field("name", "name", f.text, required=True),),
        unique=(("name",),),
        filled_in="user_id",
    ),
    Resource(
        key="term",
        label="Term",
        class_name="ontology.Term",
        table=t.Term,
        fields=(
            Field("name", "name", f.text, required=True),
            Field("color", "color", f.color),
            Field("comment", "comment", f.long_text),
            Field("ontology", "ontology_id", f.identifier, required=True, fixed=True, refers_to="ontology"),
        ),
        parents={"ontology": "ontology_id"},
        unique=(("ontology_id", "name"),),
        defaults={"color": DEFAULT_COLOR},
    ),
    Resource(
        key="relationterm",
        label="RelationTerm",
        class_name="ontology.RelationTerm",
        table=t.RelationTerm,
        fields=(
            Field("term1", "term1_id", f.identifier, required=True, fixed=True, refers_to="term"),
            Field("term2", "term2_id", f.identifier, required=True, fixed=True, refers_to="term"),
        ),
        unique=(("term1_id", "term2_id"),),
        listed=False,
    ),
    Resource(
        key="project",
        label="Project",
        class_name="project.Project",
        table=t.Project,
        fields=(
            Field("name", "name", f.text, required=True),
            Field("ontology", "ontology_id", f.identifier, refers_to="ontology"),
            Field("mode", "mode", f.one_of("CLASSIC", "RESTRICTED", "READ_ONLY")),
            Field("blindMode", "blind_mode", f.boolean),
            Field("isClosed", "is_closed", f.boolean),
            Field("hideUsersLayers", "hide_users_layers", f.boolean),
            Field("hideAdminsLayers", "hide_admins_layers", f.boolean),
        ),
        parents={"ontology": "ontology_id"},
        unique=(("name",),),
        filled_in="user_id",
    ),
    Resource(
        key="storage",
        label="Storage",
        class_name="image.server.Storage",
        table=t.Storage,
        fields=(
            Field("name", "name", f.text, required=True),
            Field("user", "user_id", f.identifier, aliases=("userId",), refers_to="user"),
        ),
        filled_in="user_id",
    ),
    Resource(
        key="uploadedfile",
        label="UploadedFile",
        class_name="image.UploadedFile",
        table=t.UploadedFile,
        fields=(
            Field("originalFilename", "original_filename", f.text, required=True),
            Field("filename", "filename", f.text, required=True),
            Field("ext", "ext", f.optional_text),
            Field("contentType", "content_type", f.optional_text),
            Field("size", "size", f.integer),
            Field("status", "status", f.small_integer),
            Field("storage", "storage_id", f.identifier, required=True, refers_to="storage"),
            Field("user", "user_id", f.identifier, refers_to="user"),
            Field("parent", "parent_id", f.identifier, refers_to="uploadedfile"),
            Field("projects", "projects", f.identifiers),
        ),
        filled_in="user_id",
        filters=(Field("parent", "parent_id", f.identifier),),
    ),
    Resource(
        key="abstractimage",
        label="AbstractImage",
        class_name="image.AbstractImage",
        table=t.AbstractImage,
        fields=(
            Field("originalFilename", "original_filename", f.text, required=True),
            Field("uploadedFile", "uploaded_file_id", f.identifier, refers_to="uploadedfile"),
            Field("width", "width", f.small_integer),
            Field("height", "height", f.small_integer),
            Field("depth", "depth", f.small_integer),
            Field("duration", "duration", f.small_integer),
            Field("channels", "channels", f.small_integer),
            Field("bitPerSample", "bit_per_sample", f.small_integer),
            Field("samplePerPixel", "sample_per_pixel", f.small_integer),
            Field("colorspace", "colorspace", f.optional_text),
            *_CALIBRATION,
        ),
        filled_in="user_id",
    ),
    Resource(
        key="abstractslice",
        label="AbstractSlice",
        class_name="image.AbstractSlice",
        table=t.AbstractSlice,
        fields=(
            Field("image", "image_id", f.identifier, required=True, fixed=True, refers_to="abstractimage"),
            Field("uploadedFile", "uploaded_file_id", f.identifier, refers_to="uploadedfile"),
            Field("mime", "mime", f.optional_text),
            Field("channel", "channel", f.small_integer),
            Field("zStack", "z_stack", f.small_integer),
            Field("time", "time", f.small_integer),
        ),
        parents={"abstractimage": "image_id", "uploadedfile": "uploaded_file_id"},
        unique=(("image_id", "channel", "z_stack", "time"),),
        defaults={"channel": 0, "z_stack": 0, "time": 0},
        listed=False,
    ),
    Resource(
        key="imageinstance",
        label="ImageInstance",
        class_name="image.ImageInstance",
        table=t.ImageInstance,
        fields=(
            Field("baseImage", "base_image_id", f.identifier, required=True, fixed=True, refers_to="abstractimage"),
            Field("project", "project_id", f.identifier, required=True, fixed=True, refers_to="project"),
            Field("instanceFilename", "instance_filename", f.text),
            *_CALIBRATION,
        ),
        parents={"project": "project_id"},
        unique=(("project_id", "base_image_id"),),
        filled_in="user_id",
        listed=False,
    ),
    Resource(
        key="sliceinstance",
        label="SliceInstance",
        class_name="image.SliceInstance",
        table=t.SliceInstance,
        fields=(
            Field("image", "image_id", f.identifier, required=True, fixed=True, refers_to="imageinstance"),
            Field("baseSlice", "base_slice_id", f.identifier, required=True, fixed=True, refers_to="abstractslice"),
        ),
        parents={"imageinstance": "image_id"},
        unique=(("image_id", "base_slice_id"),),
        listed=False,
    ),
    Resource(
        key="track",
        label="Track",
        class_name="ontology.Track",
        table=t.Track,
        fields=(
            Field("name", "name", f.text, required=True),
            Field("color", "color", f.color),
            Field("image", "image_id", f.identifier, required=True, fixed=True, refers_to="imageinstance"),
        ),
        parents={"project": "project_id", "imageinstance": "image_id"},
        unique=(("image_id", "name"),),
        defaults={"color": DEFAULT_COLOR},
        listed=False,
    ),
    Resource(
        key="tag",
        label="Tag",
        class_name="meta.Tag",
        table=t.Tag,
        fields=(Field("name", "name", f.text, required=True),),
        unique=(("name",),),
        filled_in="user_id",
    ),
    Resource(
        key="annotation",
        label="UserAnnotation",
        class_name="ontology.UserAnnotation",
        table=t.Annotation,
        fields=(),
        aliases=("userannotation", "reviewedannotation"),
        listed=False,
    ),
)

RESOURCES: Final[Mapping[str, Resource]] = {resource.key: resource for resource in _ALL}

DOMAINS: Final[Mapping[str, Resource]] = {
    name: resource for resource in _ALL for name in (resource.key, resource.java_class, *resource.aliases)
}
"""Resources under every name that clients use for a domain class."""
