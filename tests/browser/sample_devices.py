"""Samples of the pages of devices, delegations and posts."""

from collections.abc import Mapping
from datetime import date

from idp.web import pages as p
from idp.web.pages import Choice, Page, Text
from tests.browser.sample_facts import ACTION, DAY, DOCS, MOE, MOF, NOW, PAYROLL, WANG

LINE = p.DelegationLine("1", WANG, (PAYROLL, DOCS), NOW - DAY, NOW + 10 * DAY, "Annual leave", "in-force")
APPS = (Choice("payroll", PAYROLL), Choice("docs", DOCS))
CHANGES = (
    p.AppChange(PAYROLL, False, True, (), (Text("Read pay", "查看工资"),)),
    p.AppChange(DOCS, True, True, (Text("Write", "编写"),), ()),
)
DEVICES: Mapping[str, Page] = {
    "acting": p.Acting(ACTION, PAYROLL, Text("Li Na", "李娜"), (p.ActingFor("1", WANG, NOW + DAY),)),
    "acting-missing": p.Acting(ACTION, PAYROLL, "Li Na", (p.ActingFor("1", WANG, NOW + DAY),), missing=True),
    "me-delegations": p.MeDelegations(
        ACTION, (LINE,), (LINE,), APPS, date(2026, 11, 23), date(2027, 5, 22), notice="made"
    ),
    "me-delegations-wrong": p.MeDelegations(
        ACTION, (), (), APPS, date(2026, 11, 23), date(2027, 5, 22), delegate="nobody", wrong="person"
    ),
    "me-post": p.MePost(
        ACTION,
        (
            p.HeldPost("1", MOF, "Clerk", "regular", None, used=True),
            p.HeldPost("2", MOE, None, "seconded", NOW + 30 * DAY, used=False, changes=CHANGES),
        ),
    ),
    "me-devices": p.MeDevices(
        ACTION,
        (
            p.KnownDevice("1", NOW - 9 * DAY, NOW, NOW + DAY, keyed=True, this=True, name="Edge · Windows"),
            p.KnownDevice("2", NOW - 9 * DAY, NOW - DAY, None, keyed=False, this=False),
        ),
        "untrusted",
    ),
}
