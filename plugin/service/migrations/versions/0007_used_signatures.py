"""Signatures of the annotation protocol that were used: remembered across restarts and services."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ann_used_signature",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("first_used_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_ann_used_signature_first_used_at", "ann_used_signature", ["first_used_at"])


def downgrade() -> None:
    op.drop_table("ann_used_signature")
