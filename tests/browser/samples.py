"""One sample of every page, and of the variants that look different, with plausible facts in both languages."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from idp.messages import Language, Messages
from idp.web import pages as p
from idp.web.pages import Choice, Link, Page, Place, Reason, Text

NOW = datetime(2026, 11, 23, 4, 39, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PAYROLL = Text("Payroll", "工资系统")
DOCS = Text("Documents", "公文系统")
MOF = Text("Ministry of Finance", "财政部")
MOE = Text("Ministry of Education", "教育部")
WANG = Text("Wang Wei", "王伟")
LINA = Text("Li Na", "李娜")
BEIJING = Place("CN", Text("Beijing", "北京"))
SINGAPORE = Place("SG")
DESK = p.HelpDesk(
    name=Text("Ministry of Finance help desk", "财政部服务台"),
    phone="010 5550 0100",
    email="help@mof.example",
    hours=Text("Monday to Friday, 8:30 to 17:30", "周一至周五 8:30 至 17:30"),
    bring=Text("your staff card", "您的工作证"),
)
ACTION = "/here"
OPTIONS = "/options"

REASONS: Mapping[str, tuple[str, str]] = {
    "sample.new-country": (
        "New country: %(country)s. You last signed in from %(last_country)s %(ago)s ago.",
        "新的国家/地区：%(country)s。您上一次登录是在 %(ago)s前，地点为%(last_country)s。",
    ),
    "sample.needs-passkey": (
        "%(app)s needs a passkey because it shows pay data.",
        "%(app)s含薪酬数据，需要使用通行密钥。",
    ),
    "sample.second-factor": ("Your department asks for two proofs.", "您所在的部门要求进行两步验证。"),
    "sample.no-role": (
        "Nothing permits it: approving payments belongs to the role Payroll approver.",
        "没有规则允许此操作：审批付款属于“工资审批人”角色。",
    ),
    "sample.ask-role": (
        "The role Payroll approver, given by the application’s owner.",
        "由应用的主管部门授予“工资审批人”角色。",
    ),
    "sample.shared": ("Education may use Payroll until %(until)s.", "教育部可使用工资系统，截止时间为%(until)s。"),
    "sample.gave": (
        "%(who)s gave %(whom)s the role Payroll approver until 30 June 2027.",
        "%(who)s授予%(whom)s“工资审批人”角色，期限至 2027年6月30日。",
    ),
    "sample.signed-in": (
        "%(who)s signed in with a passkey from %(place)s.",
        "%(who)s使用通行密钥登录，地点为%(place)s。",
    ),
    "sample.many-failures": (
        "%(count)s wrong passwords for one account in ten minutes",
        "十分钟内同一账号有%(count)s次密码错误",
    ),
    "sample.directory-timeout": ("No answer within 3 s (connect timeout)", "3 秒内无响应（连接超时）"),
    "sample.bad-secret": ("Wrong client secret", "客户端密钥错误"),
    "sample.test-good": ("The directory answered in 12 ms.", "目录已在 12 毫秒内响应。"),
    "sample.roles": ("Roles held", "所持角色"),
    "sample.records-clerk": ("Records clerk", "档案管理员"),
    "sample.row-edited": ("Its content differs from the sealed hash.", "其内容与封存的哈希值不一致。"),
}

COUNTRY = Reason("sample.new-country", {"country": "SG", "last_country": "CN", "ago": 3 * HOUR})
PASSKEY = Reason("sample.needs-passkey", {"app": PAYROLL})
SESSION = p.SessionLine("s1", NOW - HOUR, NOW, BEIJING, (PAYROLL, DOCS), ("passkey",), "China Telecom", this=True)
OTHER = p.SessionLine("s2", NOW - 2 * DAY, NOW - DAY, SINGAPORE, (DOCS,), ("password", "totp"), "StarHub")
METHODS = (
    p.Method("m1", "passkey", "Edge on Windows", NOW - 90 * DAY, BEIJING, NOW - HOUR, True, False),
    p.Method("m2", "totp", "Work phone", NOW - 30 * DAY, None, None, removable=True),
)
AUDIT = (
    p.AuditLine(
        8412,
        NOW,
        Reason("sample.signed-in", {"who": WANG, "place": BEIJING}),
        '{\n  "name": "sign-in.succeeded"\n}',
        "7F3A-20C1",
        "/why/7F3A-20C1",
    ),
    p.AuditLine(8411, NOW - HOUR, Reason("sample.gave", {"who": LINA, "whom": WANG}), '{\n  "name": "role.granted"\n}'),
)
ALERTS = (
    p.AlertLine("a1", NOW, Reason("sample.many-failures", {"count": 31}), True, "open", WANG, "/admin/people/1"),
    p.AlertLine("a2", NOW - HOUR, Reason("sample.directory-timeout"), False, "acknowledged", owner=LINA),
)
DIRECTORIES = (
    p.DirectoryState(MOF, "good", timedelta(milliseconds=12), timedelta(seconds=20)),
    p.DirectoryState(MOE, "slow", timedelta(milliseconds=840), timedelta(seconds=25)),
    p.DirectoryState(
        Text("Customs", "海关总署"), "down", None, 4 * timedelta(minutes=1), Reason("sample.directory-timeout")
    ),
)
PAGING = p.Paging(2, 9, 214, "/admin/people", (("q", "wang"),))
LAST = p.LastSignIn(NOW - DAY, BEIJING, "Edge on Windows")
MANY = tuple(
    Choice(f"d{n}", Text(f"Bureau {n}", f"第{n}局"), group=Text("City", "市级") if n % 2 else Text("Province", "省级"))
    for n in range(12)
)

WAY_IN: Mapping[str, Page] = {
    "sign-in": p.SignIn(ACTION, OPTIONS, example="zhang.wei@mof.example"),
    "sign-in-empty": p.SignIn(ACTION, OPTIONS, error="empty", example="zhang.wei@mof.example"),
    "sign-in-known": p.SignIn(ACTION, OPTIONS, known=p.KnownPerson(WANG, MOE)),
    "department": p.Department(
        ACTION,
        "wang.wei",
        (Choice("mof", MOF), Choice("moe", MOE), Choice("local", Text("Local accounts", "本地账号"))),
        "/sign-in",
    ),
    "department-many": p.Department(ACTION, "wang.wei", MANY, "/sign-in", missing=True),
    "password": p.Password(ACTION, "zhang.wei@mof.example", MOF, "/sign-in", forgotten="https://mof.example/password"),
    "password-wrong": p.Password(
        ACTION, "zhang.wei@mof.example", MOF, "/sign-in", "/department", "https://mof.example/password", wrong=True
    ),
    "password-expired": p.Password(
        ACTION, "zhang.wei@mof.example", MOF, "/sign-in", notice="expired", renew="https://mof.example/new", help=DESK
    ),
    "totp": p.Totp(ACTION, remember_hours=12, others=True),
    "totp-step-up": p.Totp(ACTION, (COUNTRY, PASSKEY), "7F3A-20C1", others=True, not_me=True, why="/why/7F3A-20C1"),
    "totp-used": p.Totp(ACTION, error="used", others=True),
    "totp-clock": p.Totp(ACTION, error="clock", clock_minutes=2),
    "passkey": p.Passkey(
        ACTION,
        OPTIONS,
        (COUNTRY, PASSKEY),
        "7F3A-20C1",
        after_password=True,
        others=True,
        not_me=True,
        why="/why/7F3A-20C1",
    ),
    "passkey-failed": p.Passkey(ACTION, OPTIONS, failed=True, others=True),
    "choose-way": p.ChooseWay(
        ACTION,
        (
            p.Way("1", "passkey", "Edge on Windows", NOW - DAY),
            p.Way("2", "totp", "Work phone"),
            p.Way("3", "recovery", left=7),
        ),
        DESK,
    ),
    "recovery": p.Recovery(ACTION, others=True),
    "recovery-pass": p.Recovery(ACTION, "pass", "wrong"),
    "enrol-choose": p.EnrolChoose(ACTION, ("passkey", "totp"), (Reason("sample.second-factor"),)),
    "enrol-code": p.EnrolCode(ACTION, MOF, skippable=True, help=DESK),
    "enrol-code-wrong": p.EnrolCode(ACTION, MOF, "wrong"),
    "enrol-totp": p.EnrolTotp(
        ACTION,
        "otpauth://totp/National%20Identity:zhang.wei@mof.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=National%20Identity",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        others=True,
    ),
    "enrol-totp-wrong": p.EnrolTotp(ACTION, "otpauth://totp/x?secret=JBSWY3DP", "JBSWY3DP", "Phone", "wrong"),
    "enrol-passkey": p.EnrolPasskey(ACTION, OPTIONS, "Edge on Windows", others=True),
    "enrolled": p.Enrolled("passkey", "Edge on Windows", "/sign-in/x", "/again"),
    "enrolled-app": p.Enrolled("totp", "Work phone", "/sign-in/x"),
}

ENDINGS: Mapping[str, Page] = {
    "consent": p.Consent(
        ACTION,
        DOCS,
        MOE,
        (
            p.ConsentItem("profile", Text("Your name", "您的姓名"), "王伟"),
            p.ConsentItem("email", Text("Your work e-mail", "您的工作邮箱"), "wang.wei@moe.example"),
            p.ConsentItem("phone", Text("Your phone number", "您的电话号码"), "+86 10 5550 0123", optional=True),
        ),
        True,
        Text("To show who wrote a document.", "用于显示公文的作者。"),
        180 * DAY,
        "https://docs.example/privacy",
    ),
    "returning": p.Returning("/arrived", PAYROLL),
    "form-post": p.FormPost("/arrived", (("code", "abc"), ("state", "xyz")), PAYROLL),
    "error": p.Error("bad_return_address", "7F3A-20C1", NOW, "redirect_uri got https://evil.example/cb"),
    "error-expired": p.Error("expired", "7F3A-20C1", NOW, onward=Link("/", Text("Back to the start", "返回首页"))),
    "error-internal": p.Error("internal", "7F3A-20C1", NOW, help=DESK),
    "refused": p.Refused(
        PAYROLL,
        (Reason("sample.no-role"),),
        "7F3A-20C1",
        NOW,
        (Reason("sample.ask-role"),),
        "/why/7F3A-20C1",
        help=DESK,
    ),
    "directory-down": p.DirectoryDown(MOE, "7F3A-20C1", NOW, "/retry", ACTION, OPTIONS),
    "too-many": p.TooMany(timedelta(minutes=5), "/sign-in"),
    "unavailable": p.Unavailable("7F3A-20C1", NOW, "/sign-in"),
    "confirm-sign-out": p.ConfirmSignOut(ACTION, (PAYROLL, DOCS), (("state", "x"),)),
    "signed-out": p.SignedOut(
        (p.AppEnded(PAYROLL, True), p.AppEnded(DOCS, False)), Link("/x", Text("Back to Payroll", "返回工资系统"))
    ),
    "signed-out-alone": p.SignedOut(),
    "message": p.Message(
        Text("That was not you", "这不是您本人的操作"),
        (Text("This sign-in was stopped and your department was told.", "本次登录已停止，并已通知您所在的部门。"),),
        "good",
        Link("/", Text("Sign in again", "重新登录")),
    ),
}

ACCOUNT: Mapping[str, Page] = {
    "launchpad": p.Launchpad(
        (
            p.LaunchApp(
                PAYROLL,
                MOF,
                "http://payroll.localhost:8001",
                (Text("see pay", "查看工资"), Text("approve pay", "审批工资")),
                NOW + 30 * DAY,
            ),
            p.LaunchApp(DOCS, MOE, "http://docs.localhost:8002", (Text("read documents", "阅读公文"),)),
        ),
        LAST,
        "/admin",
    ),
    "launchpad-empty": p.Launchpad(()),
    "me-home": p.MeHome("strong", 2, 3, LAST, MOE),
    "me-methods": p.MeMethods(
        ACTION, "fair", METHODS, "/me/methods/passkey", "/me/methods/app", MOE, "https://moe.example/password"
    ),
    "me-methods-last": p.MeMethods(ACTION, "weak", METHODS[:1], "/me/methods/passkey", None, MOE, notice="last"),
    "me-sessions": p.MeSessions(
        ACTION, (p.Device("Edge on Windows", (SESSION,), True), p.Device("Safari on iPhone", (OTHER,)))
    ),
    "why": p.Why(
        "7F3A-20C1",
        True,
        WANG,
        PAYROLL,
        NOW,
        "refused",
        ("payroll.read", "payroll.approve"),
        ("payroll.approve",),
        BEIJING,
        ("password", "totp"),
        (Reason("sample.no-role"),),
        (
            p.TraceStep("education-uses-payroll", Reason("sample.shared", {"until": NOW + 200 * DAY}), "permit", True),
            p.TraceStep(
                "approvers-approve",
                Reason("sample.no-role"),
                "permit",
                False,
                True,
                (p.Fact(Reason("sample.roles"), Reason("sample.records-clerk")),),
            ),
            p.TraceStep("pay-data-needs-passkey", PASSKEY, "require", True),
        ),
        (Reason("sample.ask-role"),),
        (COUNTRY,),
    ),
    "why-other": p.Why("7F3A-20C1", False, WANG, DOCS, NOW, "asked", reasons=(PASSKEY,)),
}

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
    "admin-apps": p.AdminApps(
        (
            p.AppRow(PAYROLL, "payroll", MOF, 4, "web", NOW, Reason("sample.bad-secret"), NOW - HOUR),
            p.AppRow(DOCS, "docs", MOE, 2, "browser"),
            p.AppRow(Text("Nightly report", "每日报表"), "report", MOF, 3, "machine", NOW),
        )
    ),
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

SAMPLES: Mapping[str, Page] = {**WAY_IN, **ENDINGS, **ACCOUNT, **CONSOLE}
SMOKE = ("sign-in", "password-wrong", "passkey", "launchpad", "why", "admin-person")


def chrome(name: str) -> p.Chrome:
    """What stands around the sample `name`."""
    signed_in = name in ACCOUNT or name in CONSOLE
    return p.Chrome(
        here=f"/{name}",
        service=Text("National Identity Service", "国家统一身份服务"),
        build="0.1 · 7f3a",
        csrf="token",
        person=WANG if signed_in else None,
        role=Text("security administrator", "安全管理员") if name in CONSOLE else None,
        sign_out_csrf="token" if signed_in else "",
        destination=PAYROLL if name in WAY_IN or name in ENDINGS else None,
        areas=("overview", "people", "departments", "roles", "apps", "alerts", "approvals", "audit"),
        links=(Link("/help", Text("Help", "帮助")), Link("/privacy", Text("Privacy", "隐私"))),
        zone="Asia/Shanghai",
    )


def messages() -> Messages:
    """The product's catalogues, strict, with the sentences that the samples make up."""
    loaded = Messages.load(strict=True)
    extra: dict[Language, dict[str, tuple[str, ...]]] = {
        "en": {key: (texts[0],) for key, texts in REASONS.items()},
        "zh-CN": {key: (texts[1],) for key, texts in REASONS.items()},
    }
    return Messages({language: {**loaded.catalogues[language], **extra[language]} for language in extra}, strict=True)


def twice_as_long() -> Messages:
    """Every sentence said twice: what a language with longer words would need."""
    once = messages()
    doubled = {key: tuple(f"{form} {form}" for form in forms) for key, forms in once.catalogues["en"].items()}
    return Messages({**once.catalogues, "en": doubled}, strict=True)
