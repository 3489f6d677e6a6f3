"""One sample of every page for whoever lost something."""

from collections.abc import Mapping

from idp.web import pages as p
from idp.web.pages import HelpDesk, Page, Text
from tests.browser.sample_facts import ACTION, MOF

CODES = tuple(f"{number}7Q2KX-M4T0VB-8HNZ3C-WJ5R9{number}" for number in range(10))
DESK = HelpDesk(
    Text("Finance help desk, ground floor", "财政部服务台（一层）"),
    "+86 10 5550 0210",
    "help@mof.example",
    Text("Monday to Friday, 8:30 to 17:30", "周一至周五 8:30-17:30"),
    Text("your staff card and an identity document", "工作证和身份证件"),
)
NAME, SERVICE = Text("Alice Chen", "陈爱丽"), Text("National Identity Service", "国家统一身份服务")

RECOVERY: Mapping[str, Page] = {
    "recovery": p.Recovery(ACTION, others=True, not_me=True),
    "recovery-wrong": p.Recovery(ACTION, "wrong", reference="7F3A-K2QM", others=True, not_me=True),
    "recovery-later": p.Recovery(ACTION, "later", others=True),
    "recovery-left": p.RecoveryLeft(ACTION, 3, "/me/methods/recovery"),
    "pass": p.AccessPass(ACTION, "alice@mof.example", "/sign-in/password"),
    "pass-wrong": p.AccessPass(ACTION, "alice@mof.example", "/sign-in/password", "wrong"),
    "lost": p.Lost(ACTION, MOF, "7F3A-K2QM", "/sign-in/pass", DESK),
    "recovery-codes": p.RecoveryCodes(ACTION, CODES, "sealed", NAME, SERVICE, progress=(1, 2)),
    "recovery-codes-unticked": p.RecoveryCodes(ACTION, CODES, "sealed", NAME, SERVICE, unticked=True, replaces=True),
}
