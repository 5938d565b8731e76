"""The annotation platform."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = (
    "ann_attached_file",
    "ann_counter",
    "ann_description",
    "ann_property",
    "ann_secret",
    "ann_user",
    "ann_ontology",
    "ann_storage",
    "ann_tag",
    "ann_user_role",
    "ann_project",
    "ann_tag_link",
    "ann_term",
    "ann_uploaded_file",
    "ann_abstract_image",
    "ann_member",
    "ann_relation_term",
    "ann_abstract_slice",
    "ann_image_instance",
    "ann_slice_instance",
    "ann_track",
    "ann_annotation",
    "ann_annotation_term",
    "ann_annotation_track",
)
"""In the order they are made: those that others refer to first."""


def _column(
    name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = False, index: bool = False
) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, index=index)


def _reference(
    name: str, table: str, *, ondelete: str | None = None, nullable: bool = False, index: bool = True
) -> sa.Column[Any]:
    target = sa.ForeignKey(f"{table}.id", ondelete=ondelete)
    return sa.Column(name, sa.BigInteger(), target, nullable=nullable, index=index)


def _entity(table: str, *columns: sa.Column[Any], unique: tuple[tuple[str, ...], ...] = ()) -> None:
    """A table of objects: what is special about them, and what every object has."""
    op.create_table(
        table,
        *columns,
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        *(sa.UniqueConstraint(*names) for names in unique),
    )


def upgrade() -> None:
    _entity(
        "ann_attached_file",
        _column("domain_class", sa.String(255)),
        _column("domain_id", sa.BigInteger(), index=True),
        _column("filename", sa.String(255)),
        _column("data", sa.LargeBinary()),
    )
    op.create_table(
        "ann_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _entity(
        "ann_description",
        _column("domain_class", sa.String(255)),
        _column("domain_id", sa.BigInteger()),
        _column("data", sa.Text()),
        unique=(("domain_id",),),
    )
    _entity(
        "ann_property",
        _column("domain_class", sa.String(255)),
        _column("domain_id", sa.BigInteger(), index=True),
        _column("key", sa.String(255)),
        _column("value", sa.Text()),
        unique=(("domain_id", "key"),),
    )
    op.create_table(
        "ann_secret",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _entity(
        "ann_user",
        _column("username", sa.String(255)),
        _column("firstname", sa.String(255)),
        _column("lastname", sa.String(255)),
        _column("email", sa.String(255)),
        _column("language", sa.String(16)),
        _column("public_key", sa.String(255)),
        _column("private_key", sa.String(255)),
        _column("is_configured", sa.Boolean()),
        _column("is_enabled", sa.Boolean()),
        unique=(
            ("public_key",),
            ("username",),
        ),
    )
    _entity(
        "ann_ontology",
        _column("name", sa.String(255)),
        _reference("user_id", "ann_user"),
        unique=(("name",),),
    )
    _entity(
        "ann_storage",
        _column("name", sa.String(255)),
        _reference("user_id", "ann_user"),
    )
    _entity(
        "ann_tag",
        _column("name", sa.String(255)),
        _reference("user_id", "ann_user"),
        unique=(("name",),),
    )
    _entity(
        "ann_user_role",
        _reference("user_id", "ann_user", ondelete="CASCADE"),
        _column("role_id", sa.Integer()),
        unique=(("user_id", "role_id"),),
    )
    _entity(
        "ann_project",
        _column("name", sa.String(255)),
        _reference("ontology_id", "ann_ontology", nullable=True),
        _reference("user_id", "ann_user"),
        _column("mode", sa.String(16)),
        _column("blind_mode", sa.Boolean()),
        _column("is_closed", sa.Boolean()),
        _column("hide_users_layers", sa.Boolean()),
        _column("hide_admins_layers", sa.Boolean()),
        unique=(("name",),),
    )
    _entity(
        "ann_tag_link",
        _reference("tag_id", "ann_tag", ondelete="CASCADE"),
        _column("domain_class", sa.String(255)),
        _column("domain_id", sa.BigInteger(), index=True),
        unique=(("tag_id", "domain_id"),),
    )
    _entity(
        "ann_term",
        _column("name", sa.String(255)),
        _column("comment", sa.Text(), nullable=True),
        _column("color", sa.String(7)),
        _reference("ontology_id", "ann_ontology", ondelete="CASCADE"),
        unique=(("ontology_id", "name"),),
    )
    _entity(
        "ann_uploaded_file",
        _column("original_filename", sa.String(255)),
        _column("filename", sa.String(255)),
        _column("ext", sa.String(255), nullable=True),
        _column("content_type", sa.String(255), nullable=True),
        _column("size", sa.BigInteger(), nullable=True),
        _column("status", sa.Integer()),
        _reference("storage_id", "ann_storage"),
        _reference("user_id", "ann_user"),
        _reference("parent_id", "ann_uploaded_file", ondelete="SET NULL", nullable=True),
        _column("projects", sa.JSON()),
    )
    _entity(
        "ann_abstract_image",
        _column("original_filename", sa.String(255)),
        _reference("uploaded_file_id", "ann_uploaded_file", ondelete="SET NULL", nullable=True),
        _reference("user_id", "ann_user", nullable=True),
        _column("width", sa.Integer(), nullable=True),
        _column("height", sa.Integer(), nullable=True),
        _column("depth", sa.Integer()),
        _column("duration", sa.Integer()),
        _column("channels", sa.Integer()),
        _column("physical_size_x_um", sa.Double(), nullable=True),
        _column("physical_size_y_um", sa.Double(), nullable=True),
        _column("physical_size_z_um", sa.Double(), nullable=True),
        _column("fps", sa.Double(), nullable=True),
        _column("bit_per_sample", sa.Integer(), nullable=True),
        _column("sample_per_pixel", sa.Integer(), nullable=True),
        _column("colorspace", sa.String(64), nullable=True),
        _column("magnification", sa.Integer(), nullable=True),
        _column("content_type", sa.String(255), nullable=True),
        _column("zoom_levels", sa.Integer(), nullable=True),
        _column("orthanc_series", sa.String(64), nullable=True, index=True),
        _column("orthanc_instance", sa.String(64), nullable=True, index=True),
        _column("stored_instances", sa.Integer(), nullable=True),
        _column("deleted_ms", sa.BigInteger(), nullable=True),
        unique=(("orthanc_series", "orthanc_instance"),),
    )
    _entity(
        "ann_member",
        _reference("project_id", "ann_project", ondelete="CASCADE"),
        _reference("user_id", "ann_user", ondelete="CASCADE"),
        _column("is_manager", sa.Boolean()),
        unique=(("project_id", "user_id"),),
    )
    _entity(
        "ann_relation_term",
        _reference("term1_id", "ann_term", ondelete="CASCADE"),
        _reference("term2_id", "ann_term", ondelete="CASCADE"),
        unique=(("term1_id", "term2_id"),),
    )
    _entity(
        "ann_abstract_slice",
        _reference("image_id", "ann_abstract_image", ondelete="CASCADE"),
        _reference("uploaded_file_id", "ann_uploaded_file", ondelete="SET NULL", nullable=True),
        _column("mime", sa.String(255), nullable=True),
        _column("channel", sa.Integer()),
        _column("z_stack", sa.Integer()),
        _column("time", sa.Integer()),
        unique=(("image_id", "channel", "z_stack", "time"),),
    )
    _entity(
        "ann_image_instance",
        _reference("base_image_id", "ann_abstract_image"),
        _reference("project_id", "ann_project", ondelete="CASCADE"),
        _reference("user_id", "ann_user"),
        _column("instance_filename", sa.String(255), nullable=True),
        _column("physical_size_x_um", sa.Double(), nullable=True),
        _column("physical_size_y_um", sa.Double(), nullable=True),
        _column("physical_size_z_um", sa.Double(), nullable=True),
        _column("fps", sa.Double(), nullable=True),
        _column("magnification", sa.Integer(), nullable=True),
        unique=(("project_id", "base_image_id"),),
    )
    _entity(
        "ann_slice_instance",
        _reference("image_id", "ann_image_instance", ondelete="CASCADE"),
        _reference("base_slice_id", "ann_abstract_slice", ondelete="CASCADE"),
        _reference("project_id", "ann_project", ondelete="CASCADE"),
        unique=(("image_id", "base_slice_id"),),
    )
    _entity(
        "ann_track",
        _column("name", sa.String(255)),
        _column("color", sa.String(7)),
        _reference("image_id", "ann_image_instance", ondelete="CASCADE"),
        _reference("project_id", "ann_project", ondelete="CASCADE"),
        unique=(("image_id", "name"),),
    )
    _entity(
        "ann_annotation",
        _reference("image_id", "ann_image_instance", ondelete="CASCADE", index=False),
        _reference("slice_id", "ann_slice_instance", ondelete="CASCADE"),
        _reference("project_id", "ann_project", ondelete="CASCADE", index=False),
        _reference("user_id", "ann_user"),
        _column("location", sa.Text()),
        _column("min_x", sa.Double()),
        _column("min_y", sa.Double()),
        _column("max_x", sa.Double()),
        _column("max_y", sa.Double()),
        _column("centre_x", sa.Double()),
        _column("centre_y", sa.Double()),
        _column("area", sa.Double()),
        _column("perimeter", sa.Double()),
        _column("reviewed", sa.Boolean()),
    )
    bounds = ["image_id", "min_x", "max_x", "min_y", "max_y", "id"]
    op.create_index("ix_ann_annotation_bounds", "ann_annotation", bounds)
    op.create_index("ix_ann_annotation_newest_of_image", "ann_annotation", ["image_id", "id"])
    op.create_index("ix_ann_annotation_newest_of_project", "ann_annotation", ["project_id", "id"])
    _entity(
        "ann_annotation_term",
        _reference("annotation_id", "ann_annotation", ondelete="CASCADE"),
        _reference("term_id", "ann_term"),
        _reference("user_id", "ann_user"),
        unique=(("annotation_id", "term_id"),),
    )
    _entity(
        "ann_annotation_track",
        _reference("annotation_id", "ann_annotation", ondelete="CASCADE"),
        _reference("track_id", "ann_track", ondelete="CASCADE"),
        unique=(("annotation_id", "track_id"),),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
