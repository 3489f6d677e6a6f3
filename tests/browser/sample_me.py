"""Samples of the person's own pages: history, connected applications, access, data."""

from collections.abc import Mapping

from idp.web import pages as p
from idp.web.pages import Page, Reason, Text
from tests.browser.sample_facts import (
    ACTION,
    BEIJING,
    DAY,
    DOCS,
    HOUR,
    LINA,
    METHODS,
    MOE,
    MOF,
    NOW,
    PAYROLL,
    SINGAPORE,
    WANG,
)

SEE, APPROVE = Text("see pay", "查看工资"), Text("approve pay", "审批工资")
ROWS = (
    p.HistoryRow(
        "t1", NOW, "succeeded", BEIJING, "Edge · Windows", PAYROLL, ("passkey",), None, None, True, None, "today"
    ),
    p.HistoryRow(
        "t2",
        NOW - HOUR,
        "failed",
        SINGAPORE,
        "Chrome · Android",
        DOCS,
        ("password",),
        Reason("tried.wrong"),
        day="today",
    ),
    p.HistoryRow(
        "t3",
        NOW - DAY,
        "refused",
        BEIJING,
        "Edge · Windows",
        PAYROLL,
        ("password", "totp"),
        Reason("tried.policy"),
        "/why/7F3A-20C1",
        answered="mine",
        day="yesterday",
    ),
    p.HistoryRow(
        "t4", NOW - 9 * DAY, "succeeded", SINGAPORE, "Safari · iOS", DOCS, ("password", "totp"), answered="not-mine"
    ),
)
ARCHIVE = p.ConnectedApp(
    "archive",
    Text("City archive", "市档案馆"),
    MOE,
    (Text("Your name and language", "您的姓名和语言"), Text("Your work e-mail", "您的工作邮箱")),
    NOW - 90 * DAY,
    NOW - DAY,
    lasts=True,
)
PAY = p.ConnectedApp(
    "payroll", PAYROLL, MOF, (SEE, APPROVE), NOW - HOUR, NOW, first_party=True, posts=(MOF,), acts_for=(LINA,)
)
ROLES = (
    p.RoleLine("payroll-clerk", "directory", "cn=payroll", NOW - 90 * DAY, opens=(p.Opened(PAYROLL, (SEE,)),)),
    p.RoleLine(
        "payroll-approver",
        "administrator",
        "covers for Li Na 代李娜",
        NOW - DAY,
        LINA,
        NOW + 30 * DAY,
        (p.Opened(PAYROLL, (SEE, APPROVE)),),
    ),
    p.RoleLine("observer", "administrator", "audit", NOW),
)
PARTS = (
    p.KeptPart("profile", Reason("data.part.profile"), Reason("data.purpose.identify"), None),
    p.KeptPart("sign_ins", Reason("data.part.sign_ins"), Reason("data.purpose.security"), 180),
    p.KeptPart("audit", Reason("data.part.audit"), Reason("data.purpose.law"), None, lasts=True),
)
FULL = (
    p.KeptPart(
        "profile",
        Reason("data.part.profile"),
        Reason("data.purpose.identify"),
        None,
        rows=(
            (
                (Reason("data.field.name_zh"), "王伟"),
                (Reason("data.field.mail"), "wang.wei.with.a.long.name@education.example"),
                (Reason("data.field.since"), NOW),
            ),
        ),
    ),
    p.KeptPart("devices", Reason("data.part.devices"), Reason("data.purpose.security"), None),
)
FIELDS: tuple[tuple[str, p.Words, str], ...] = (
    ("name_en", Reason("data.field.name_en"), "Wang Wei"),
    ("mail", Reason("data.field.mail"), "wang.wei@local.example"),
)
WISHES = (
    p.WishLine("w1", "correction", NOW, Reason("data.field.name_en"), "Wang Weiwei"),
    p.WishLine("w2", "erasure", NOW - DAY, outcome="refused"),
)
CHOICES = (p.Choice("payroll", PAYROLL), p.Choice("docs", DOCS))

ME: Mapping[str, Page] = {
    "me-methods-local": p.MeMethods(
        ACTION,
        "strong",
        METHODS,
        "/me/methods/passkey",
        "/me/methods/app",
        have=2,
        passkeys=1,
        recovery_left=7,
        own_password=p.Method("m3", "password", "", NOW - 90 * DAY, None, NOW - HOUR, removable=False),
        notice="renamed",
    ),
    "me-methods-rename": p.MeMethods(
        ACTION,
        "fair",
        METHODS[1:],
        "/me/methods/passkey",
        "/me/methods/app",
        have=1,
        recovery_left=2,
        nudge=True,
        renaming="m2",
        notice="name-empty",
    ),
    "me-history": p.MeHistory(ACTION, ROWS, p.Paging(2, 9, 180, "/me/history", (("show", ""),))),
    "me-history-no": p.MeHistory(
        ACTION, ROWS[3:], p.Paging(1, 1, 1, "/me/history", ()), "succeeded", "not-mine", ended=1
    ),
    "me-apps": p.MeApps(ACTION, (ARCHIVE, PAY)),
    "me-apps-end": p.MeApps(ACTION, (ARCHIVE,), ARCHIVE, DOCS),
    "me-access": p.MeAccess(
        ACTION,
        (p.PostRoles(MOF, "Accountant 会计", "regular", True, ROLES), p.PostRoles(MOE, None, "acting", False, ())),
        CHOICES,
        (p.Wanted(DOCS, NOW),),
        "asked",
    ),
    "me-access-wrong": p.MeAccess(ACTION, (), CHOICES, notice="reason", chosen="docs"),
    "me-data": p.MeKept(ACTION, PARTS, FIELDS, WISHES, notice="corrected"),
    "me-data-wrong": p.MeKept(ACTION, PARTS, FIELDS, error="wanted", field="mail", wanted="nonsense"),
    "me-data-directory": p.MeKept(ACTION, PARTS, FIELDS, keeper=MOF, notice="proved"),
    "me-data-all": p.MeKeptAll(FULL, NOW),
}
APPROVALS: Mapping[str, Page] = {
    "admin-approvals-wishes": p.AdminApprovals(
        ACTION,
        (),
        wishes=(
            p.WishRow(
                "w1",
                "correction",
                WANG,
                Reason(
                    "wish.correction",
                    {"field": Reason("data.field.name_en"), "was": "Wang Wei", "wanted": "Wang Weiwei"},
                ),
                NOW,
                "married",
            ),
            p.WishRow("w2", "erasure", LINA, Reason("wish.erasure"), NOW),
        ),
    ),
}
