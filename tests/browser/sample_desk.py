"""One sample of every page of the help desk, and of those behind letters."""

from collections.abc import Mapping

from idp.flows.desk.script import SHIPPED
from idp.web import pages as p
from idp.web.pages import Choice, Page, Reason, Text
from tests.browser.sample_facts import ACTION, BEIJING, DAY, HOUR, LINA, METHODS, MOE, MOF, NOW, WANG

CHECKS = tuple(Choice(one.id, Text(one.en, one.zh), str(one.strength)) for one in SHIPPED)
MAY = frozenset({"verify", "pass", "enrolment-code", "reset", "end-sessions"})

DESK_PAGES: Mapping[str, Page] = {
    "desk-find": p.DeskFind("/admin/desk"),
    "desk-found": p.DeskFind(
        "/admin/desk",
        "wang",
        (
            p.DeskRow("/admin/desk/people/1", WANG, "wang.wei@moe.example", MOE),
            p.DeskRow("/admin/desk/people/2", LINA, "li.na@mof.example", MOF),
        ),
        2,
    ),
    "desk-found-nobody": p.DeskFind("/admin/desk", "nobody", ()),
    "desk-verify": p.DeskPerson(
        ACTION,
        WANG,
        "wang.wei@moe.example",
        MOE,
        CHECKS,
        3,
        5,
        two=True,
        may=MAY,
        typed={"note": "4711"},
        ticked=("call-back",),
    ),
    "desk-verified": p.DeskPerson(
        ACTION,
        WANG,
        "wang.wei@moe.example",
        MOE,
        CHECKS,
        3,
        5,
        NOW + HOUR,
        5,
        methods=METHODS,
        may=MAY,
        notice=p.Notice("good", Reason("desk.sessions-done", {"count": 2})),
    ),
    "desk-pass": p.DeskPerson(
        ACTION,
        WANG,
        "wang.wei@moe.example",
        MOE,
        CHECKS,
        3,
        5,
        NOW + HOUR,
        5,
        two=True,
        methods=METHODS,
        may=MAY - {"reset", "enrolment-code"},
        made=p.DeskPass("7KQM-29XF-HD3R", NOW + HOUR, waits=True),
    ),
    "desk-not-here": p.DeskPerson(ACTION, LINA, "li.na@mof.example", MOF, CHECKS, 3, 5),
    "desk-approvals": p.DeskApprovals(
        ACTION,
        (
            p.DeskWaiting(
                "code_1", WANG, MOE, LINA, (CHECKS[0].label, CHECKS[1].label), "4711", "10 8", NOW + HOUR, own=False
            ),
            p.DeskWaiting("code_2", LINA, MOF, WANG, (CHECKS[2].label,), "4712", "12", NOW + HOUR, own=True),
        ),
    ),
    "not-me": p.NotMe(ACTION, Reason("letter.factor-added.subject"), NOW - DAY, BEIJING, "Firefox · Windows"),
    "not-me-done": p.NotMeDone(3, keeps_password=True),
    "not-me-done-directory": p.NotMeDone(0, keeps_password=False, password_page="https://mof.example/password"),
}
