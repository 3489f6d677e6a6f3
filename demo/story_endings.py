"""Chapters 6 and 7: a session ends everywhere, a person leaves, the log is whole; and everybody is left usable."""

from demo.command_line import Refused
from demo.directories.cast import load
from demo.story_begin import LOOPBACK, forget_networks, subject_of
from demo.story_house import House
from demo.story_people import Someone
from demo.story_tokens import Application
from demo.strays import remembered

MINUTE = 60.0
SECONDS = 10.0
API = "/api/payslips"


def endings(alice: Someone) -> None:
    """Signing out ends both applications; leaving the ministry ends all of hers."""
    _signs_out(alice)
    _leaves(alice)
    alice.house.tells_tokens()


def evidence(house: House) -> None:
    """The log of everything, checked against its signed checkpoints."""
    try:
        report = house.gerege("audit", "verify")
    except Refused as refused:
        report = refused.answer
    ok = isinstance(report, dict) and bool(report.get("ok"))
    rows = report.get("rows", 0) if isinstance(report, dict) else 0
    house.told.holds(f"gerege audit verify: {rows} rows, none edited, removed, reordered or cut off", ok, report)


def leave_usable(house: House) -> None:
    """Alice may sign in again, Wang Wei is a clerk again, both are at home, both directories run."""
    for department in ("mof", "moe"):
        if department not in remembered(house.state_dir, ready=True):
            house.start(department)
    house.left("alice", left=False)
    for uid in ("alice", "wang.wei"):
        house.travel(uid, "home")
    wang = next(actor for actor in load("moe").people if actor.uid == "wang.wei")
    for group in wang.groups:
        house.in_group("moe", group, wang.uid, member=True)
    forget_networks(house, LOOPBACK)
    subject = subject_of(house, "mof", "alice")
    if subject is not None and subject.disabled:
        house.told.says("An administrator lets Alice back in: gerege person enable alice@mof.example")
        house.gerege("person", "enable", "alice@mof.example", "--reason", "the story is over")
    house.told.says("Her authenticator app goes on: make otp PERSON=alice")


def _signs_out(alice: Someone) -> None:
    house, told = alice.house, alice.house.told
    alice.opens("docs")
    alice.opens("payroll")
    private = alice.page
    told.holds("Alice has Payroll and Docs open", alice.sees("payroll") and alice.is_in("docs"), alice.at)
    payroll = Application(house, "payroll")
    token = payroll.redeem(payroll.code(alice.browser)).body["access_token"]
    told.holds("a token of hers opens Payroll's API", payroll.api("GET", API, token).status == 200, alice.at)
    began = house.idp.ports.now()
    alice.opens("payroll")
    alice.signs_out()
    told.holds("she signs out in Payroll", "signed out" in alice.page.text.lower(), alice.at)
    delivered = {one["client_id"] for one in house.events("logout.delivered", began) if one["ok"]}
    told.holds(
        "both applications were told by back-channel and have confirmed", delivered >= {"payroll", "docs"}, delivered
    )
    told.soon(
        "Payroll's API, which verifies tokens by itself, has heard within seconds that hers is taken back",
        lambda: payroll.api("GET", API, token).status == 401,
        SECONDS,
        lambda: payroll.api("GET", API, token),
    )
    told.holds("Docs, in another tab, knows nobody any more", not alice.is_in("docs"), alice.at)
    kept = private.headers.get("cache-control", "")
    told.holds("Back shows nothing private: the page was never to be kept", "no-store" in kept, kept)
    told.holds("and asked for again it leads to a sign-in", not alice.is_in("payroll"), alice.at)


def _leaves(alice: Someone) -> None:
    house, told = alice.house, alice.house.told
    alice.opens("payroll")
    alice.shows_passkey()
    told.holds("she signs in once more with her passkey", alice.sees("payroll") and alice.is_in("docs"), alice.at)
    payroll = Application(house, "payroll")
    tokens = payroll.redeem(payroll.code(alice.browser)).body
    house.left("alice", left=True)
    told.says("Finance's directory says that Alice has left (employeeType: left).")
    told.soon(
        "introspection calls her token inactive",
        lambda: payroll.introspect(tokens["access_token"]).body == {"active": False},
        MINUTE,
        lambda: payroll.introspect(tokens["access_token"]),
    )
    refused = payroll.refresh(tokens["refresh_token"])
    told.holds("her refresh token is refused", refused.error == "invalid_grant", refused)
    told.soon("Payroll shows her nothing any more", lambda: not alice.is_in("payroll"), MINUTE, lambda: alice.at)
    told.soon("nor does Docs", lambda: not alice.is_in("docs"), MINUTE, lambda: alice.at)
    alice.opens("payroll")
    alice.shows_passkey()
    told.holds("her passkey opens nothing", alice.page.path == "/sign-in", alice.at)
    alice.types_name()
    alice.types_password()
    told.holds("nor does her password", "is not right" in alice.page.text, alice.at)
