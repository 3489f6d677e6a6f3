"""Chapters 3 and 5: what Wang Wei's roles give and do not give him, and what he can do while his directory is away."""

import re

from demo.command_line import in_words
from demo.story_people import Someone
from demo.story_tokens import Answer, Application

APPROVE, READ = "payroll.approve", "payroll.read"
ROLE, GROUP = "payroll-approver", "payroll-readers"
MINUTE = 60.0
BACK_SECONDS = 40.0
"""A directory that was away is asked again after a while."""
REFERENCE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")


def roles(wang: Someone) -> None:
    """What he lacks, which rule says so, and how a change reaches his tokens."""
    house, told = wang.house, wang.house.told
    wang.signs_in("payroll")
    told.holds(
        "Wang Wei signs in to Payroll at his own directory, with an app of his own", wang.sees("payroll"), wang.at
    )
    payroll = Application(house, "payroll")
    wang.browser.post("/approve")
    told.holds(
        "he tries to approve; he is asked nothing, since no proof would bring it, and Payroll gets no more than before",
        wang.sees("payroll"),
        wang.at,
    )
    wang.browser.get(f"{house.doors.issuer}/me/methods/add/passkey")
    wang.makes_passkey()
    told.says("On his account page he makes a passkey, and so proves all that can be proved.")
    tokens = payroll.redeem(payroll.code(wang.browser))
    told.holds("his token lets him read and lacks payroll.approve", _holds(tokens, READ, not_=APPROVE), tokens)
    answer = payroll.api("POST", "/api/approve", tokens.body["access_token"])
    told.holds(
        "the API answers 403 insufficient_scope",
        answer.status == 403 and "insufficient_scope" in answer.headers.get("www-authenticate", ""),
        answer,
    )
    _why(wang)
    house.tells_tokens()
    told.says(f"An administrator gives him {ROLE}: gerege role grant {wang.actor.mail} {ROLE}")
    house.gerege("role", "grant", wang.actor.mail, ROLE, "--reason", "stands in for Zhang Min")
    refresh = tokens.body["refresh_token"]
    after = payroll.refresh(refresh)
    told.holds("the very next token has payroll.approve", _holds(after, READ, APPROVE), after)
    token = after.body.get("access_token", "")
    approved = payroll.api("POST", "/api/approve", token)
    told.holds("and with his passkey he may approve", approved.status == 200, approved)
    told.says(f"The administrator takes it away again: gerege role take {wang.actor.mail} {ROLE}")
    house.gerege("role", "take", wang.actor.mail, ROLE, "--reason", "Zhang Min is back")
    told.holds(
        "introspection of that token says so at the next request",
        _holds(seen := payroll.introspect(token), READ, not_=APPROVE),
        seen,
    )
    told.holds("and so does refresh", _holds(seen := payroll.refresh(refresh), READ, not_=APPROVE), seen)
    _leaves_group(wang, payroll, refresh, token)
    house.tells_tokens()


def outage(wang: Someone, alice: Someone) -> None:
    """Education's directory is away: who can go on, who is told what, and no wrong yes."""
    house, told = wang.house, wang.house.told
    wang.opens("payroll")
    if wang.page.url.startswith(house.application("payroll").url):
        wang.signs_out()
    house.stop("moe")
    told.says("The directory of the Ministry of Education is stopped.")
    alice.opens("payroll")
    alice.signs_out()
    alice.signs_in("payroll")
    told.holds("Finance is untouched: Alice signs in with her password and passkey", alice.sees("payroll"), alice.at)
    wang.opens("docs")
    wang.types_name()
    wang.types_password()
    reference = REFERENCE.search(wang.page.text)
    told.holds(
        "Wang Wei types his right password and reads which directory is down, 503",
        wang.page.status == 503 and "Ministry of Education" in wang.page.text,
        wang.at,
    )
    told.holds(f"with a reference: {reference[0] if reference else 'none'}", reference is not None, wang.at)
    wang.opens("docs")
    wang.shows_passkey()
    told.holds("his passkey still opens Docs, which lives with what was known", wang.sees("docs"), wang.at)
    wang.opens("payroll")
    told.holds(
        "Payroll does not: it wants the directory's word",
        wang.page.status == 403 and "directory" in " ".join(wang.page.reasons),
        wang.at,
    )
    told.says(f"The page: “{' '.join(wang.page.reasons)}”")
    house.start("moe")
    later = wang.elsewhere()
    told.soon(
        "the directory is back, and so is his password", lambda: _asked_more(later), BACK_SECONDS, lambda: later.at
    )
    house.tells_tokens()


def _why(wang: Someone) -> None:
    told = wang.house.told
    words = ("policy", "why", "--person", wang.actor.mail, "--app", "payroll", "--scope", APPROVE, "--acr", "aal2-phr")
    told.says(f"Why? gerege {' '.join(words)}")
    for line in in_words(wang.house.state_dir, *words).splitlines():
        told.says(f"  {line.strip()}")
    part = next(part for part in wang.house.gerege(*words)["parts"] if part["name"] == APPROVE)
    step = next(step for step in part["trace"] if step["policy_id"] == part["decided_by"])
    told.holds(
        f"the answer names the rule: {part['decided_by']} ({step['file']}:{step['line']})",
        part["outcome"] == "refused" and part["decided_by"] in ("payroll-approvers-approve", "role-holds"),
        part,
    )


def _leaves_group(wang: Someone, payroll: Application, refresh: str, token: str) -> None:
    house, told = wang.house, wang.house.told
    told.says(f"His directory's administrator takes him out of {GROUP}, the group that makes him a clerk.")
    house.in_group("moe", GROUP, wang.actor.uid, member=False)
    try:
        told.soon(
            "his next token lacks payroll.read",
            lambda: _holds(payroll.refresh(refresh), not_=READ),
            MINUTE,
            lambda: payroll.refresh(refresh),
        )
        told.holds("and introspection has lost it too", _holds(seen := payroll.introspect(token), not_=READ), seen)
    finally:
        house.in_group("moe", GROUP, wang.actor.uid, member=True)


def _holds(answer: Answer, *scopes: str, not_: str = "") -> bool:
    return answer.status == 200 and set(scopes) <= answer.scopes and not_ not in answer.scopes


def _asked_more(wang: Someone) -> bool:
    """His password is taken: the next question is asked, or none is left."""
    wang.opens("docs")
    wang.types_name()
    wang.types_password()
    return wang.page.path in ("/sign-in/passkey", "/sign-in/totp") or wang.sees("docs")
