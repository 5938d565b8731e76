"""What a person set of an image stays; annotations count how often they were written, and know who reviewed them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ann_abstract_image", sa.Column("set_by_person", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("ann_annotation", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    # As text: SQLite adds a reference with its column only, and to copy the table would empty those that refer to it.
    op.execute("ALTER TABLE ann_annotation ADD COLUMN review_user_id BIGINT REFERENCES ann_user (id)")
    op.create_index("ix_ann_annotation_review_user_id", "ann_annotation", ["review_user_id"])
