"""Ends of jobs that are still to be told to somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_notices",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error_code", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("trials", sa.Integer, nullable=False),
    )
    op.create_index("ix_job_notices_due_at", "job_notices", ["due_at"])


def downgrade() -> None:
    op.drop_table("job_notices")
