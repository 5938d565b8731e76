"""The annotation platform."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ann_attached_file",
        sa.Column("domain_class", sa.String(length=255), nullable=False),
        sa.Column("domain_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ann_attached_file_domain_id", "ann_attached_file", ["domain_id"], unique=False)
    op.create_table(
        "ann_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "ann_description",
        sa.Column("domain_class", sa.String(length=255), nullable=False),
        sa.Column("domain_id", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("domain_id"),
    )
    op.create_table(
        "ann_property",
        sa.Column("domain_class", sa.String(length=255), nullable=False),
        sa.Column("domain_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("domain_id", "key"),
    )
    op.create_index("ix_ann_property_domain_id", "ann_property", ["domain_id"], unique=False)
    op.create_table(
        "ann_secret",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "ann_user",
        sa.Column("username", sa.String(length=255), nullable=False),
        sa.Column("firstname", sa.String(length=255), nullable=False),
        sa.Column("lastname", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=255), nullable=False),
        sa.Column("private_key", sa.String(length=255), nullable=False),
        sa.Column("is_configured", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_key"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "ann_ontology",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_ann_ontology_user_id", "ann_ontology", ["user_id"], unique=False)
    op.create_table(
        "ann_storage",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ann_storage_user_id", "ann_storage", ["user_id"], unique=False)
    op.create_table(
        "ann_tag",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_ann_tag_user_id", "ann_tag", ["user_id"], unique=False)
    op.create_table(
        "ann_user_role",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ann_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "role_id"),
    )
    op.create_index("ix_ann_user_role_user_id", "ann_user_role", ["user_id"], unique=False)
    op.create_table(
        "ann_project",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("ontology_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("blind_mode", sa.Boolean(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("hide_users_layers", sa.Boolean(), nullable=False),
        sa.Column("hide_admins_layers", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ontology_id"],
            ["ann_ontology.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_ann_project_ontology_id", "ann_project", ["ontology_id"], unique=False)
    op.create_index("ix_ann_project_user_id", "ann_project", ["user_id"], unique=False)
    op.create_table(
        "ann_tag_link",
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("domain_class", sa.String(length=255), nullable=False),
        sa.Column("domain_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tag_id"], ["ann_tag.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tag_id", "domain_id"),
    )
    op.create_index("ix_ann_tag_link_domain_id", "ann_tag_link", ["domain_id"], unique=False)
    op.create_index("ix_ann_tag_link_tag_id", "ann_tag_link", ["tag_id"], unique=False)
    op.create_table(
        "ann_term",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("ontology_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ontology_id"], ["ann_ontology.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ontology_id", "name"),
    )
    op.create_index("ix_ann_term_ontology_id", "ann_term", ["ontology_id"], unique=False)
    op.create_table(
        "ann_uploaded_file",
        sa.Column("original_filename", sa.String(length=255), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("ext", sa.String(length=255), nullable=True),
        sa.Column("content_type", sa.String(length=255), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("storage_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("projects", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["ann_uploaded_file.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["storage_id"],
            ["ann_storage.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ann_uploaded_file_parent_id", "ann_uploaded_file", ["parent_id"], unique=False)
    op.create_index("ix_ann_uploaded_file_storage_id", "ann_uploaded_file", ["storage_id"], unique=False)
    op.create_index("ix_ann_uploaded_file_user_id", "ann_uploaded_file", ["user_id"], unique=False)
    op.create_table(
        "ann_abstract_image",
        sa.Column("original_filename", sa.String(length=255), nullable=False),
        sa.Column("uploaded_file_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("physical_size_x_um", sa.Double(), nullable=True),
        sa.Column("physical_size_y_um", sa.Double(), nullable=True),
        sa.Column("physical_size_z_um", sa.Double(), nullable=True),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("bit_per_sample", sa.Integer(), nullable=True),
        sa.Column("sample_per_pixel", sa.Integer(), nullable=True),
        sa.Column("colorspace", sa.String(length=64), nullable=True),
        sa.Column("magnification", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(length=255), nullable=True),
        sa.Column("zoom_levels", sa.Integer(), nullable=True),
        sa.Column("orthanc_series", sa.String(length=64), nullable=True),
        sa.Column("orthanc_instance", sa.String(length=64), nullable=True),
        sa.Column("stored_instances", sa.Integer(), nullable=True),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["uploaded_file_id"], ["ann_uploaded_file.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("orthanc_series", "orthanc_instance"),
    )
    op.create_index("ix_ann_abstract_image_orthanc_instance", "ann_abstract_image", ["orthanc_instance"], unique=False)
    op.create_index("ix_ann_abstract_image_orthanc_series", "ann_abstract_image", ["orthanc_series"], unique=False)
    op.create_index("ix_ann_abstract_image_uploaded_file_id", "ann_abstract_image", ["uploaded_file_id"], unique=False)
    op.create_index("ix_ann_abstract_image_user_id", "ann_abstract_image", ["user_id"], unique=False)
    op.create_table(
        "ann_member",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("is_manager", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["ann_project.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ann_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "user_id"),
    )
    op.create_index("ix_ann_member_project_id", "ann_member", ["project_id"], unique=False)
    op.create_index("ix_ann_member_user_id", "ann_member", ["user_id"], unique=False)
    op.create_table(
        "ann_relation_term",
        sa.Column("term1_id", sa.BigInteger(), nullable=False),
        sa.Column("term2_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["term1_id"], ["ann_term.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["term2_id"], ["ann_term.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("term1_id", "term2_id"),
    )
    op.create_index("ix_ann_relation_term_term1_id", "ann_relation_term", ["term1_id"], unique=False)
    op.create_index("ix_ann_relation_term_term2_id", "ann_relation_term", ["term2_id"], unique=False)
    op.create_table(
        "ann_abstract_slice",
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_file_id", sa.BigInteger(), nullable=True),
        sa.Column("mime", sa.String(length=255), nullable=True),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("z_stack", sa.Integer(), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["ann_abstract_image.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["uploaded_file_id"], ["ann_uploaded_file.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("image_id", "channel", "z_stack", "time"),
    )
    op.create_index("ix_ann_abstract_slice_image_id", "ann_abstract_slice", ["image_id"], unique=False)
    op.create_index("ix_ann_abstract_slice_uploaded_file_id", "ann_abstract_slice", ["uploaded_file_id"], unique=False)
    op.create_table(
        "ann_image_instance",
        sa.Column("base_image_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("instance_filename", sa.String(length=255), nullable=True),
        sa.Column("physical_size_x_um", sa.Double(), nullable=True),
        sa.Column("physical_size_y_um", sa.Double(), nullable=True),
        sa.Column("physical_size_z_um", sa.Double(), nullable=True),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("magnification", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["base_image_id"],
            ["ann_abstract_image.id"],
        ),
        sa.ForeignKeyConstraint(["project_id"], ["ann_project.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "base_image_id"),
    )
    op.create_index("ix_ann_image_instance_base_image_id", "ann_image_instance", ["base_image_id"], unique=False)
    op.create_index("ix_ann_image_instance_project_id", "ann_image_instance", ["project_id"], unique=False)
    op.create_index("ix_ann_image_instance_user_id", "ann_image_instance", ["user_id"], unique=False)
    op.create_table(
        "ann_slice_instance",
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("base_slice_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["base_slice_id"], ["ann_abstract_slice.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["image_id"], ["ann_image_instance.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["ann_project.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("image_id", "base_slice_id"),
    )
    op.create_index("ix_ann_slice_instance_base_slice_id", "ann_slice_instance", ["base_slice_id"], unique=False)
    op.create_index("ix_ann_slice_instance_image_id", "ann_slice_instance", ["image_id"], unique=False)
    op.create_index("ix_ann_slice_instance_project_id", "ann_slice_instance", ["project_id"], unique=False)
    op.create_table(
        "ann_track",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["ann_image_instance.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["ann_project.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("image_id", "name"),
    )
    op.create_index("ix_ann_track_image_id", "ann_track", ["image_id"], unique=False)
    op.create_index("ix_ann_track_project_id", "ann_track", ["project_id"], unique=False)
    op.create_table(
        "ann_annotation",
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("slice_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("min_x", sa.Double(), nullable=False),
        sa.Column("min_y", sa.Double(), nullable=False),
        sa.Column("max_x", sa.Double(), nullable=False),
        sa.Column("max_y", sa.Double(), nullable=False),
        sa.Column("centre_x", sa.Double(), nullable=False),
        sa.Column("centre_y", sa.Double(), nullable=False),
        sa.Column("area", sa.Double(), nullable=False),
        sa.Column("perimeter", sa.Double(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["ann_image_instance.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["ann_project.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["slice_id"], ["ann_slice_instance.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_ann_annotation_bounds",
        "ann_annotation",
        ["image_id", "min_x", "max_x", "min_y", "max_y", "id"],
        unique=False,
    )
    op.create_index("ix_ann_annotation_newest_of_image", "ann_annotation", ["image_id", "id"], unique=False)
    op.create_index("ix_ann_annotation_newest_of_project", "ann_annotation", ["project_id", "id"], unique=False)
    op.create_index("ix_ann_annotation_slice_id", "ann_annotation", ["slice_id"], unique=False)
    op.create_index("ix_ann_annotation_user_id", "ann_annotation", ["user_id"], unique=False)
    op.create_table(
        "ann_annotation_term",
        sa.Column("annotation_id", sa.BigInteger(), nullable=False),
        sa.Column("term_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["annotation_id"], ["ann_annotation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["ann_term.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ann_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("annotation_id", "term_id"),
    )
    op.create_index("ix_ann_annotation_term_annotation_id", "ann_annotation_term", ["annotation_id"], unique=False)
    op.create_index("ix_ann_annotation_term_term_id", "ann_annotation_term", ["term_id"], unique=False)
    op.create_index("ix_ann_annotation_term_user_id", "ann_annotation_term", ["user_id"], unique=False)
    op.create_table(
        "ann_annotation_track",
        sa.Column("annotation_id", sa.BigInteger(), nullable=False),
        sa.Column("track_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["annotation_id"], ["ann_annotation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["track_id"], ["ann_track.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("annotation_id", "track_id"),
    )
    op.create_index("ix_ann_annotation_track_annotation_id", "ann_annotation_track", ["annotation_id"], unique=False)
    op.create_index("ix_ann_annotation_track_track_id", "ann_annotation_track", ["track_id"], unique=False)


def downgrade() -> None:
    op.drop_table("ann_annotation_track")
    op.drop_table("ann_annotation_term")
    op.drop_table("ann_annotation")
    op.drop_table("ann_track")
    op.drop_table("ann_slice_instance")
    op.drop_table("ann_image_instance")
    op.drop_table("ann_abstract_slice")
    op.drop_table("ann_relation_term")
    op.drop_table("ann_member")
    op.drop_table("ann_abstract_image")
    op.drop_table("ann_uploaded_file")
    op.drop_table("ann_term")
    op.drop_table("ann_tag_link")
    op.drop_table("ann_project")
    op.drop_table("ann_user_role")
    op.drop_table("ann_tag")
    op.drop_table("ann_storage")
    op.drop_table("ann_ontology")
    op.drop_table("ann_user")
    op.drop_table("ann_secret")
    op.drop_table("ann_property")
    op.drop_table("ann_description")
    op.drop_table("ann_counter")
    op.drop_table("ann_attached_file")
