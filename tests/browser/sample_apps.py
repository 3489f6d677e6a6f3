"""Samples of the console's pages about applications, made by the product's own code where it makes text."""

from collections.abc import Mapping

from idp.model import Client, Configuration, Permission, Resource
from idp.web import pages as p
from idp.web.admin import snippets
from idp.web.pages import Choice, Page, Reason, Text
from tests.browser.sample_facts import ACTION, DOCS, HOUR, MOE, MOF, NOW, PAYROLL, WANG

PASSKEYS = tuple((one, Reason(f"app.authenticators.{one}")) for one in ("any", "device-bound", "attested"))
ISSUER = "https://id.example.gov"
AUDIENCE = "urn:example:payroll"
BACK = "https://payroll.example.gov/callback"
API = Resource(AUDIENCE, PAYROLL, (Permission("payroll.read", 3, frozenset({"payroll-clerk"}), PAYROLL),))
SCOPES = ("openid", "profile", "payroll.read")
ON_SERVER = Client("payroll", PAYROLL, "mof", (BACK,), scopes=SCOPES, audiences=(AUDIENCE,))
IN_BROWSER = Client("docs", DOCS, "moe", ("https://docs.example.gov/",), auth_method="none")
ON_DEVICE = Client("forms", DOCS, "moe", ("http://127.0.0.1/back", "gov.example.forms:/back"), auth_method="none")
REPORT = Text("Nightly report", "每日报表")
MACHINE = Client(
    "report",
    REPORT,
    "mof",
    (),
    grant_types=("client_credentials",),
    scopes=("payroll.read",),
    audiences=(AUDIENCE,),
)
ALL = {one.id: one for one in (ON_SERVER, IN_BROWSER, ON_DEVICE, MACHINE)}
CONFIGURATION = Configuration(1, {}, ALL, {AUDIENCE: API}, ())
CODE = {name: snippets.of(one, CONFIGURATION, ISSUER) for name, one in ALL.items()}
EVERYTHING = frozenset({"test", "new-secret", "drop-secret", "remove"})
ID_TOKEN = """{
  "iss": "https://id.example.gov",
  "sub": "sub_Zk3mQ9XyLw0vT7",
  "aud": "payroll",
  "iat": 1795408740,
  "exp": 1795409040,
  "acr": "urn:gerege:aal2",
  "amr": ["pwd", "otp", "mfa"]
}"""

APPS: Mapping[str, Page] = {
    "admin-apps": p.AdminApps(
        (
            p.AppRow(
                PAYROLL, "payroll", MOF, 4, "web", "/admin/apps/payroll", NOW, Reason("app.error.redirect"), NOW - HOUR
            ),
            p.AppRow(DOCS, "docs", MOE, 2, "browser", "/admin/apps/docs"),
            p.AppRow(REPORT, "report", MOF, 3, "machine", "/admin/apps/report", NOW),
        ),
        "/admin/apps/new",
    ),
    "admin-apps-none": p.AdminApps(()),
    "admin-app-new": p.AdminAppNew(ACTION, "once", (Choice("mof", MOF), Choice("moe", MOE)), passkeys=PASSKEYS),
    "admin-app-new-wrong": p.AdminAppNew(
        ACTION,
        "once",
        (Choice("mof", MOF), Choice("moe", MOE)),
        {
            "name_zh": Reason("app.name-zh-missing"),
            "address": Reason("app.uri.http"),
            "department": Reason("app.department-missing"),
            "id": Reason("app.id-taken", {"id": "payroll"}),
            "reason": Reason("app.reason-missing"),
        },
        {"kind": "web", "name": "Payroll", "address": "http://payroll.example.gov/callback", "id": "payroll"},
    ),
    "admin-app-new-machine": p.AdminAppNew(
        ACTION, "once", (), {"audience": Reason("app.audience-unfit")}, {"kind": "machine", "audience": "payroll"}
    ),
    "admin-app": p.AdminApp(
        ACTION,
        PAYROLL,
        "payroll",
        MOF,
        "web",
        4,
        "compat",
        "client_secret_post",
        ISSUER,
        (BACK, "https://payroll.example.gov/callback/second"),
        SCOPES,
        (AUDIENCE,),
        secrets=2,
        used=NOW,
        error=Reason("app.error.redirect"),
        error_at=NOW - HOUR,
        findings=(
            Reason("app.finding.no-pkce"),
            Reason("app.finding.compat"),
            Reason("app.finding.secret-in-body"),
            Reason("app.finding.two-secrets"),
        ),
        snippets=CODE["payroll"],
        tried=p.Tried(BACK + "/", False, Reason("app.try.slash"), BACK),
        may=EVERYTHING,
    ),
    "admin-app-registered": p.AdminApp(
        ACTION,
        REPORT,
        "report",
        MOF,
        "machine",
        1,
        "standard",
        "client_secret_basic",
        ISSUER,
        scopes=("payroll.read",),
        audiences=(AUDIENCE,),
        secrets=1,
        snippets=CODE["report"],
        may=EVERYTHING - {"test", "drop-secret"},
        secret="Zk3mQ9XyLw0vT7Zk3mQ9XyLw0vT7Zk3mQ9XyLw0vT7x",
        registered=True,
    ),
    "admin-app-device": p.AdminApp(
        ACTION,
        DOCS,
        "forms",
        MOE,
        "native",
        1,
        "standard",
        "none",
        ISSUER,
        ON_DEVICE.redirect_uris,
        ON_DEVICE.scopes,
        first_party=True,
        snippets=CODE["forms"],
        tried=p.Tried("http://127.0.0.1:51000/back", True, Reason("app.try.port-free"), "http://127.0.0.1/back"),
        may=frozenset({"test", "remove"}),
    ),
    "admin-app-off": p.AdminApp(
        ACTION,
        DOCS,
        "docs",
        MOE,
        "browser",
        1,
        "standard",
        "none",
        ISSUER,
        IN_BROWSER.redirect_uris,
        ("openid",),
        disabled=True,
        snippets=CODE["docs"],
        notice=p.Notice("good", Reason("app.removed")),
    ),
    "admin-app-tested": p.AdminAppTested(
        PAYROLL,
        "/admin/apps/payroll",
        WANG,
        "sub_Zk3mQ9XyLw0vT7",
        "urn:gerege:aal2",
        ("pwd", "otp", "mfa"),
        (
            p.ScopeLine("openid", True),
            p.ScopeLine("profile", True),
            p.ScopeLine("payroll.read", False, Reason("policy.nothing-permits"), ("deny-by-default",)),
            p.ScopeLine("payroll.approve", False, Reason("app.scope-unknown")),
        ),
        ID_TOKEN,
        '{\n  "sub": "sub_Zk3mQ9XyLw0vT7",\n  "name": "王伟"\n}',
    ),
    "admin-app-tested-refused": p.AdminAppTested(
        PAYROLL, "/admin/apps/payroll", error="access_denied", description="the person said no"
    ),
}
