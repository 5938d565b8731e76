"""Several services on the same records: whose a job is, and what becomes of what an attempt stored."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FIRST_ID = 1000


def upgrade() -> None:
    op.create_table(
        "services",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("beat", sa.Integer, nullable=False),
    )
    op.create_table(
        "undone_attempts",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
    )
    op.add_column("jobs", sa.Column("service_id", sa.String(36), nullable=True))
    op.add_column("jobs", sa.Column("claim_number", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("attempt", sa.Integer, nullable=False, server_default="1"))
    op.add_column("jobs", sa.Column("verdict", sa.String(8), nullable=True))
    op.create_index("ix_jobs_service_id", "jobs", ["service_id"])
    _settle_recorded_jobs()
    _begin_to_count()


def _settle_recorded_jobs() -> None:
    jobs = sa.table(
        "jobs",
        sa.column("id", sa.String),
        sa.column("state", sa.String),
        sa.column("plan", sa.JSON),
        sa.column("verdict", sa.String),
        sa.column("claim_number", sa.Integer),
    )
    connection = op.get_bind()
    for state, verdict in (("Success", "keep"), ("Failure", "undo")):
        connection.execute(sa.update(jobs).where(jobs.c.state == state).values(verdict=verdict))
    # Its tasks may still be at work somewhere.
    connection.execute(sa.update(jobs).where(jobs.c.state.in_(["Running", "Paused"])).values(claim_number=1))
    open_jobs = sa.select(jobs.c.id, jobs.c.plan).where(jobs.c.verdict.is_(None), jobs.c.plan.is_not(None))
    for job_id, plan in connection.execute(open_jobs).all():
        if isinstance(plan, dict) and plan.get("stage") == "removing sources":
            connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(verdict="keep"))


def _begin_to_count() -> None:
    """Two services that start on new records would both begin."""
    counter = sa.table("ann_counter", sa.column("id", sa.Integer), sa.column("next_id", sa.BigInteger))
    if not op.get_bind().scalar(sa.select(sa.func.count()).select_from(counter)):
        op.bulk_insert(counter, [{"id": 1, "next_id": _FIRST_ID}])


def downgrade() -> None:
    op.drop_index("ix_jobs_service_id", "jobs")
    for column in ("verdict", "attempt", "claim_number", "service_id"):
        op.drop_column("jobs", column)
    op.drop_table("undone_attempts")
    op.drop_table("services")
