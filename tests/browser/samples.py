"""One sample of every page, and of the variants that look different, with plausible facts in both languages."""

import importlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from idp.authn.passwords import rules_of
from idp.messages import Language, Messages
from idp.web import pages as p
from idp.web.pages import Choice, Link, Page, Reason, Text
from idp.web.pages.password import MePassword, NewPassword
from tests.browser.sample_console import CONSOLE
from tests.browser.sample_facts import (
    ACTION,
    BEIJING,
    COUNTRY,
    CREST,
    DAY,
    DESK,
    DOCS,
    LAST,
    MANY,
    METHODS,
    MOE,
    MOF,
    NOW,
    OPTIONS,
    OTHER,
    PASSKEY,
    PAYROLL,
    REASONS,
    SESSION,
    WANG,
)

MLPS3 = rules_of({"password": {"regime": "mlps3"}})

WAY_IN: Mapping[str, Page] = {
    "sign-in": p.SignIn(ACTION, OPTIONS, example="zhang.wei@mof.example"),
    "sign-in-empty": p.SignIn(ACTION, OPTIONS, error="empty", example="zhang.wei@mof.example"),
    "sign-in-known": p.SignIn(ACTION, OPTIONS, known=(p.KnownPerson("1", WANG, MOE, crest=CREST),)),
    "department": p.Department(
        ACTION,
        "wang.wei",
        (
            Choice("mof", MOF, crest=CREST),
            Choice("moe", MOE, crest=CREST),
            Choice("local", Text("Local accounts", "本地账号")),
        ),
        "/sign-in",
    ),
    "department-many": p.Department(ACTION, "wang.wei", MANY, "/sign-in", missing=True),
    "password": p.Password(
        ACTION, "zhang.wei@mof.example", MOF, "/sign-in", forgotten="https://mof.example/password", crest=CREST
    ),
    "password-wrong": p.Password(
        ACTION, "zhang.wei@mof.example", MOF, "/sign-in", "/department", "https://mof.example/password", wrong=True
    ),
    "password-expired": p.Password(
        ACTION, "zhang.wei@mof.example", MOF, "/sign-in", notice="expired", renew="https://mof.example/new", help=DESK
    ),
    "password-renewed-here": p.Password(
        ACTION, "zhang.wei@mof.example", MOF, "/sign-in", notice="must_change", renew_here=True, refused="refused"
    ),
    "new-password": NewPassword(ACTION, "zhang.wei@mof.example", "breached", rules_of({})),
    "new-password-unfit": NewPassword(
        ACTION, "zhang.wei@mof.example", "expired", MLPS3, ("short", "kinds", "common"), ("more-words", "sequences")
    ),
    "me-password": MePassword(ACTION, "zhang.wei@mof.example", rules_of({}), changed=2),
    "me-password-wrong": MePassword(ACTION, "zhang.wei@mof.example", MLPS3, wrong=True),
    "me-password-elsewhere": MePassword(ACTION, "wang.wei", None, keeper=MOE, elsewhere="https://moe.example/password"),
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
    "totp-device": p.Totp(ACTION, error="clock", clock_minutes=6, digits=8, device=True),
    "certificate": p.Certificate(ACTION, "/here", back="/here"),
    "certificate-step-up": p.Certificate(
        ACTION, "/here", (COUNTRY, PASSKEY), "7F3A-20C1", "certificate", others=True, not_me=True, why="/why/7F3A-20C1"
    ),
    "certificate-away": p.Certificate(ACTION, "/here", error="card-away", back="/here"),
    "enrol-choose": p.EnrolChoose(ACTION, ("passkey", "totp"), (Reason("sample.second-factor"),)),
    "enrol-code": p.EnrolCode(ACTION, MOF, skippable=True, help=DESK),
    "enrol-code-wrong": p.EnrolCode(ACTION, MOF, "wrong"),
    "enrol-code-low": p.EnrolCode(ACTION, MOF, "low"),
    "enrol-totp": p.EnrolTotp(
        ACTION,
        "otpauth://totp/National%20Identity:zhang.wei@mof.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=National%20Identity",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        others=True,
    ),
    "enrol-totp-wrong": p.EnrolTotp(ACTION, "otpauth://totp/x?secret=JBSWY3DP", "JBSWY3DP", "Phone", error="wrong"),
    "enrol-passkey": p.EnrolPasskey(ACTION, OPTIONS, "Edge on Windows", others=True),
}

SEEN = (
    p.ConsentItem("profile", Text("Your name", "您的姓名"), "王伟"),
    p.ConsentItem("docs.read", Text("read documents", "阅读公文")),
)

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
        (
            p.ConsentDetail(
                Text("Pay once", "单笔付款"),
                (
                    (Text("Amount", "金额"), "1250.50"),
                    (Text("Currency", "币种"), "CNY"),
                    (Text("To", "收款人"), "北京第三建筑工程有限公司 (Beijing Third Construction Engineering)"),
                    (Text("At once", "立即"), Text("yes", "是")),
                ),
            ),
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
    "signed-out-asked": p.SignedOut((p.AppEnded(PAYROLL, True), p.AppEnded(DOCS, None))),
    "device-code": p.DeviceCode(ACTION, "WDJB-MJHT"),
    "device-code-wrong": p.DeviceCode(ACTION, "WDJB-MJHX", "wrong"),
    "device-confirm": p.DeviceConfirm(ACTION, DOCS, MOE, "WDJB-MJHT", BEIJING, NOW, SEEN, "AS4134"),
    "device-confirm-proved": p.DeviceConfirm(ACTION, DOCS, MOE, "WDJB-MJHT", p.Place(), NOW, SEEN, notice="proved"),
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
    "me-approve": p.MeApprove(
        ACTION,
        (
            p.Asking("ask-1", PAYROLL, MOF, NOW, SEEN, "Transfer 4,200 yuan 转账 R-17"),
            p.Asking("ask-2", DOCS, MOE, NOW, SEEN[:1]),
        ),
    ),
    "me-approve-empty": p.MeApprove(ACTION, (), "allowed"),
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


def _further() -> dict[str, Page]:
    """Samples of every other `sample_*.py` here: whatever mappings of names to pages such a file has."""
    found: dict[str, Page] = {}
    for path in sorted(Path(__file__).parent.glob("sample_*.py")):
        for name, value in vars(importlib.import_module(f"tests.browser.{path.stem}")).items():
            if name.isupper() and isinstance(value, Mapping):
                found |= {key: page for key, page in value.items() if isinstance(page, Page)}
    return found


FURTHER: Mapping[str, Page] = {
    name: page for name, page in _further().items() if name not in {**WAY_IN, **ENDINGS, **ACCOUNT, **CONSOLE}
}
"""Pages of files that this one does not name."""
SAMPLES: Mapping[str, Page] = {**WAY_IN, **ENDINGS, **ACCOUNT, **CONSOLE, **FURTHER}
CRESTED = ("totp", "passkey", "ways", "enrol")
"""Pages of a step that show the department whose person is asked."""
SMOKE = ("sign-in", "password-wrong", "passkey", "launchpad", "why", "admin-person")


def chrome(name: str) -> p.Chrome:
    """What stands around the sample `name`."""
    console = name in CONSOLE or SAMPLES[name].layout == "console"
    signed_in = console or name in ACCOUNT or SAMPLES[name].layout == "account"
    return p.Chrome(
        here=f"/{name}",
        service=Text("National Identity Service", "国家统一身份服务"),
        build="0.1 · 7f3a",
        csrf="token",
        person=WANG if signed_in else None,
        role=Text("security administrator", "安全管理员") if console else None,
        sign_out_csrf="token" if signed_in else "",
        destination=None if signed_in else PAYROLL,
        department=MOF if name in CRESTED else None,
        crest=CREST if name in CRESTED else None,
        areas=("overview", "people", "desk", "departments", "roles", "apps", "alerts", "approvals", "models", "audit"),
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


def pseudo() -> Messages:
    """A language that nobody speaks: every sentence twice as long, between marks, so that a word that comes from no
    catalogue stands out and a word that is cut has lost its mark. Only for eyes and tests; nothing serves it."""
    once = messages()
    made = {key: tuple(f"[{form} {form}]" for form in forms) for key, forms in once.catalogues["en"].items()}
    return Messages({**once.catalogues, "en": made}, strict=True)
