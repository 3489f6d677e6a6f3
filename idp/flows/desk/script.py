"""The script of the desk: its checks for one person, and how strong they must be together."""

from collections.abc import Collection
from datetime import datetime

from config.desk import DeskCheck
from idp.errors import Invalid
from idp.flows.context import Idp
from idp.model import Subject
from policies.roles import ADMINISTRATORS, HELP_DESK

SHIPPED = (
    DeskCheck(
        id="call-back",
        en="Call back the number that the directory has, not one that the caller gives.",
        zh="回拨部门通讯录中登记的电话，不使用来电者提供的号码。",
        strength=2,
    ),
    DeskCheck(
        id="staff-card",
        en="See the staff card and the face beside it, in person or by video.",
        zh="当面或通过视频核对工作证及本人面容。",
        strength=3,
    ),
    DeskCheck(
        id="manager",
        en="The manager, called at a number of the directory, confirms who it is and why.",
        zh="按通讯录电话联系其上级，确认本人身份及原因。",
        strength=2,
    ),
    DeskCheck(
        id="staff-number",
        en="Ask for the staff number and the post.",
        zh="询问工号和任职岗位。",
        strength=1,
    ),
)


def checks_for(idp: Idp, subject: Subject) -> tuple[DeskCheck, ...]:
    """The checks for somebody of this level of department."""
    department = idp.department(subject.department_id)
    level = department.level if department else None
    return tuple(one for one in idp.settings.desk.checks or SHIPPED if not one.levels or level in one.levels)


def strength_of(checks: Collection[DeskCheck], done: Collection[str]) -> int:
    """Of those that were done, each counted once. Raises Invalid: one that the script does not have."""
    known = {one.id: one.strength for one in checks}
    if unknown := sorted(set(done) - known.keys()):
        raise Invalid(f"the script has no check {', '.join(unknown)}")
    return sum(known[one] for one in set(done))


def is_privileged(idp: Idp, subject_id: str, now: datetime) -> bool:
    """Whether helping this person takes two people."""
    roles = ADMINISTRATORS | {HELP_DESK} | set(idp.settings.desk.privileged_roles)
    return not roles.isdisjoint(roles_of(idp, subject_id, now))


def roles_of(idp: Idp, subject_id: str, now: datetime) -> frozenset[str]:
    """What somebody holds now, on whichever post."""
    held = idp.ports.truth.people.role_grants(subject_id)
    return frozenset(one.role for one in held if one.starts_at <= now and (one.ends_at is None or one.ends_at > now))
