"""One administrator role for each person: a primary key of the table `administrator`, so that no race gives two."""

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, or_, select, update

from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.tables import administrator, post, role_grant
from idp.model import RoleGrant

AT = bindparam("at", type_=Moment())
OTHER_GRANT = (
    select(role_grant.c.id)
    .join(post, post.c.id == role_grant.c.post_id)
    .where(
        post.c.subject_id == bindparam("subject"),
        role_grant.c.role == bindparam("role"),
        or_(role_grant.c.ends_at.is_(None), role_grant.c.ends_at > AT),
    )
    .order_by(role_grant.c.id)
)


def make_administrator(line: Line, subject_id: str, grant: RoleGrant) -> None:
    """The row that makes a second administrator role a conflict, in the same transaction as the grant."""
    over = select(role_grant.c.id).where(role_grant.c.ends_at <= grant.starts_at)
    mine = administrator.c.subject_id == subject_id
    line.write(delete(administrator).where(mine, administrator.c.grant_id.in_(over)))
    again = update(administrator).where(mine, administrator.c.role == grant.role).values(grant_id=grant.id)
    if line.write(again) == 0:
        values = {"subject_id": subject_id, "role": grant.role, "grant_id": grant.id}
        line.write(insert(administrator), values)


def unmake_administrator(line: Line, subject_id: str, role: str, at: datetime) -> None:
    """Free for another administrator role, unless another grant still gives this one."""
    mine = (administrator.c.subject_id == subject_id, administrator.c.role == role)
    other = line.one(OTHER_GRANT, subject=subject_id, role=role, at=at)
    if other is None:
        line.write(delete(administrator).where(*mine))
    else:
        line.write(update(administrator).where(*mine).values(grant_id=other.id))
