"""Plausible facts for the sample pages: people, departments, sentences in both languages."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from idp.web import pages as p
from idp.web.pages import Choice, Place, Reason, Text
from idp.web.static_files import own

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

CREST = own().url("mark.svg")
"""Any picture of ours: where it stands is what is looked at."""
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
