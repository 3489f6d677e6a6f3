"""Samples of reading a directory: a mass change that waits, a dry run, a round under way, nothing yet."""

from collections.abc import Mapping
from datetime import timedelta

from idp.web import pages as p
from idp.web.pages import Page, Reason
from idp.web.pages.admin_sync import AdminSync, ForeseenLine, KeptLine, Looked, RoundLine, Waiting
from tests.browser.sample_facts import ACTION, DAY, HOUR, LINA, MOE, MOF, NOW, WANG

MINUTE = timedelta(minutes=1)
HELD = RoundLine(
    "sync-4", "delta", "held", NOW - 4 * MINUTE, 4 * MINUTE, {"read": 8, "unchanged": 6, "changed": 2, "left": 1}
)
ROUNDS = (
    HELD,
    RoundLine("sync-3", "delta", "done", NOW - HOUR, 9 * MINUTE, {"read": 12, "unchanged": 12}),
    RoundLine("sync-2", "delta", "failed", NOW - 2 * HOUR, HOUR, {}, "ldap1.mof.example:636: timed out after 5 s"),
    RoundLine("sync-1", "full", "refused", NOW - DAY, DAY, {"read": 52140, "unchanged": 52101}, "", LINA),
    RoundLine("sync-0", "full", "done", NOW - 2 * DAY, 2 * DAY, {"read": 52140, "added": 52140, "roles-given": 81022}),
)
LOOKED = Looked(
    {"read": 52140, "added": 2, "changed": 1, "unchanged": 52136, "left": 1, "roles-given": 2, "roles-taken": 1},
    412,
    (
        ForeseenLine("joins", "Zhao Min", ("payroll-approver",), (), (("payroll-approvers", "mapped"),)),
        ForeseenLine("loses", "王伟", ("docs-editor",), ("payroll-clerk",), (("docs-editors", "mapped"),)),
        ForeseenLine("disabled", "Deng Hua", (), (), (("payroll-clerks", "disabled"), ("bowling-club", "disabled"))),
        ForeseenLine("left", "Gao Feng"),
        ForeseenLine("changes", "Sun Hao", (), (), (("domain-admins", "administrator"), ("bowling-club", "unmapped"))),
    ),
    (
        ("bowling-club", "unmapped", 211),
        ("domain-admins", "administrator", 3),
        ("payroll-clerks", "disabled", 1),
        ("payroll-clerks", "mapped", 4120),
    ),
    1,
)

SYNC: Mapping[str, Page] = {
    "admin-sync-held": AdminSync(
        ACTION,
        ACTION,
        MOF,
        52140,
        ROUNDS,
        Waiting(
            HELD,
            5213,
            (
                KeptLine(WANG, None, "/admin/people/1"),
                KeptLine(LINA, "payroll-approver", "/admin/people/2"),
                KeptLine("sub_erased"),
            ),
        ),
        decides=True,
        looks=True,
    ),
    "admin-sync-looked": AdminSync(
        ACTION,
        ACTION,
        MOF,
        52140,
        ROUNDS[1:],
        looked=LOOKED,
        looks=True,
        notice=p.Notice("good", Reason("console.sync-looked")),
    ),
    "admin-sync-under-way": AdminSync(
        ACTION,
        ACTION,
        MOE,
        31000,
        (RoundLine("sync-9", "full", "running", NOW - MINUTE, timedelta(seconds=1), {"read": 12500, "added": 40}),),
        looks=True,
    ),
    "admin-sync-never": AdminSync(ACTION, ACTION, MOE, 0),
}
