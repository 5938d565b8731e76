"""Who speaks for a project, and whose layers its images are opened with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _of_members("ann_representative")
    _of_members("ann_default_layer", sa.Column("hide_by_default", sa.Boolean, nullable=False))


def _of_members(table: str, *columns: sa.Column[bool]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=True),
        *(_owner(name, target) for name, target in (("project_id", "ann_project.id"), ("user_id", "ann_user.id"))),
        *columns,
        sa.UniqueConstraint("project_id", "user_id"),
    )


def _owner(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey(target, ondelete="CASCADE"), nullable=False, index=True)
