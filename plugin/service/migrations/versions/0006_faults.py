"""Why an image cannot be shown."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ann_abstract_image", sa.Column("fault", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("ann_abstract_image", "fault")
