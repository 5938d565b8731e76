"""Who reviews which image, what users did last, comments of annotations, and the configuration of clients."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ann_image_review",
        *_of_every_object(),
        sa.Column(
            "image_id",
            sa.BigInteger,
            sa.ForeignKey("ann_image_instance.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("ann_user.id"), nullable=False, index=True),
        sa.Column("stopped_ms", sa.BigInteger, nullable=True),
    )
    op.create_table(
        "ann_command",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column(
            "user_id", sa.BigInteger, sa.ForeignKey("ann_user.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("undone", sa.BigInteger, nullable=True),
    )
    op.create_table(
        "ann_comment",
        *_of_every_object(),
        sa.Column(
            "annotation_id",
            sa.BigInteger,
            sa.ForeignKey("ann_annotation.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("ann_user.id"), nullable=False, index=True),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("receivers", sa.JSON, nullable=False),
    )
    op.create_table(
        "ann_configuration",
        *_of_every_object(),
        sa.Column("key", sa.String(255), nullable=False, unique=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("reading_role", sa.String(8), nullable=False),
    )


def _of_every_object() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=True),
    )
