"""One sample of every page of the console."""

from collections.abc import Mapping

from idp.web import pages as p
from idp.web.pages import Choice, Page, Reason, Text
from tests.browser.sample_apps import APPS
from tests.browser.sample_facts import (
    ACTION,
    ALERTS,
    AUDIT,
    DAY,
    DIRECTORIES,
    HOUR,
    LINA,
    METHODS,
    MOE,
    MOF,
    NOW,
    OTHER,
    PAGING,
    PASSKEY,
    SESSION,
    WANG,
)

CONSOLE: Mapping[str, Page] = {
    "admin-overview": p.AdminOverview(
        p.Figures(8412, 8252, 214, 37, 2, 1),
        tuple(p.Hour(n, (n * 37) % 90, n % 7, n % 3) for n in range(24)),
        (p.ReasonCount(PASSKEY, 121, 118), p.ReasonCount(Reason("sample.second-factor"), 52)),
        DIRECTORIES,
        ALERTS,
        AUDIT,
    ),
    "admin-overview-quiet": p.AdminOverview(p.Figures(0, 0, 0, 0, 0)),
    "admin-people": p.AdminPeople(
        "/admin/people",
        (
            p.PersonRow("/admin/people/1", WANG, "wang.wei@moe.example", MOE, "active", NOW),
            p.PersonRow("/admin/people/2", LINA, "li.na@mof.example", MOF, "disabled"),
            p.PersonRow("/admin/people/3", Text("Zhang Min", "张敏"), "zhang.min@mof.example", MOF, "left", NOW - DAY),
        ),
        PAGING,
        (Choice("mof", MOF), Choice("moe", MOE)),
        "wang",
    ),
    "admin-people-none": p.AdminPeople("/admin/people", (), p.Paging(1, 1, 0, "/admin/people"), q="nobody"),
    "admin-person": p.AdminPerson(
        ACTION,
        WANG,
        "wang.wei@moe.example",
        MOE,
        "active",
        "sub-1",
        (
            p.PostLine("p1", Text("Records clerk", "档案管理员"), MOE, "regular", NOW - 400 * DAY),
            p.PostLine("p2", Text("Project officer", "项目专员"), MOF, "seconded", NOW - 300 * DAY, NOW - DAY, False),
        ),
        (
            p.RoleHeld(
                "g1",
                Text("Payroll reader", "工资查阅人"),
                Text("Records clerk", "档案管理员"),
                NOW - DAY,
                group="cn=payroll-readers",
            ),
            p.RoleHeld(
                "g2",
                Text("Payroll approver", "工资审批人"),
                Text("Records clerk", "档案管理员"),
                NOW - HOUR,
                "年终结算",
                LINA,
                None,
                NOW + 30 * DAY,
            ),
        ),
        METHODS,
        (SESSION, OTHER),
        (Choice("payroll-approver", Text("Payroll approver", "工资审批人")),),
        frozenset(
            {"grant-role", "take-role", "end-session", "end-sessions", "disable", "remove-method", "enrolment-code"}
        ),
        p.Notice("good", Reason("sample.gave", {"who": LINA, "whom": WANG})),
        "KX7M-2QPT-9HWD",
        NOW + DAY,
        {"do": "grant-role", "reason": "年终结算"},
    ),
    "admin-person-disabled": p.AdminPerson(
        ACTION, LINA, "li.na@mof.example", MOF, "disabled", "sub-2", may=frozenset({"enable"})
    ),
    "admin-roles": p.AdminRoles(
        (
            p.RoleRow(
                Text("Payroll approver", "工资审批人"),
                MOF,
                (Text("approve pay", "审批工资"), Text("see pay", "查看工资")),
                4,
            ),
            p.RoleRow(
                Text("Security administrator", "安全管理员"), None, (Text("give roles", "授予角色"),), 1, True, True
            ),
        )
    ),
    "admin-departments": p.AdminDepartments(
        ACTION,
        (
            p.DepartmentNode("cn", Text("State Council", "国务院"), 0, 0, "none"),
            p.DepartmentNode("mof", MOF, 1, 24, "ldap", DIRECTORIES[0], testable=True),
            p.DepartmentNode("customs", Text("Customs", "海关总署"), 2, 31, "ldap", DIRECTORIES[2], NOW, True),
            p.DepartmentNode("local", Text("Local accounts", "本地账号"), 1, 3, "local"),
        ),
        p.Notice("good", Reason("sample.test-good")),
    ),
    **APPS,
    "admin-audit": p.AdminAudit(
        "/admin/audit",
        AUDIT,
        PAGING,
        (Choice("sign-in", Text("Sign-in", "登录")), Choice("role", Text("Roles", "角色"))),
        q="王伟",
        verified=p.Verified(True, 8413, "9f2c" * 16, NOW),
    ),
    "admin-audit-broken": p.AdminAudit(
        "/admin/audit",
        (),
        p.Paging(1, 1, 0, "/admin/audit"),
        verified=p.Verified(False, 8413, "9f2c" * 16, NOW, 8411, Reason("sample.row-edited")),
    ),
    "admin-approvals": p.AdminApprovals(
        ACTION,
        (
            p.Approval(
                "c1",
                LINA,
                WANG,
                Text("Security administrator", "安全管理员"),
                "接替张敏",
                NOW - HOUR,
                NOW + DAY,
                NOW + 90 * DAY,
            ),
            p.Approval(
                "c2", WANG, LINA, Text("Audit administrator", "审计管理员"), "Year end", NOW - HOUR, NOW + DAY, own=True
            ),
        ),
    ),
    "admin-alerts": p.AdminAlerts(ACTION, ALERTS),
}
