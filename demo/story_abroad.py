"""Chapter 4: Alice travels, and somebody elsewhere guesses at her password."""

from datetime import datetime, timedelta

from demo.story_begin import address_of, forget_networks, subject_of
from demo.story_people import Someone
from idp import messages

COUNTRIES = ("SG", "JP", "FR", "BR", "KE", "NZ", "CA", "IN", "DE", "MX", "EG", "SE", "PE", "VN", "PL", "ZA", "CL", "IS")
STRANGERS = "AR"
GUESSES = 10
PAST = timedelta(days=400)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


def abroad(alice: Someone) -> None:
    """The reason in two languages; then ten wrong passwords, and her own device."""
    _travels(alice)
    _is_guessed_at(alice)
    alice.house.tells_tokens()


def _travels(alice: Someone) -> None:
    house, told = alice.house, alice.house.told
    country = _unvisited(alice)
    english, chinese = (messages.country(country, language) for language in ("en", "zh-CN"))
    alice.opens("payroll")
    alice.signs_out()
    told.says(house.travel("alice", country))
    alice.opens("docs" if alice.page.status >= 500 else "payroll")
    alice.types_name()
    alice.types_password()
    told.holds("after her right password she is asked once more", alice.page.path == "/sign-in/passkey", alice.at)
    here = alice.page.url
    told.holds(f"the reason in English: “{_reason(alice, english)}”", english in " ".join(alice.page.reasons), alice.at)
    alice.browser.get(f"{here}&lang=zh-CN")
    told.holds(f"the same in Chinese: “{_reason(alice, chinese)}”", chinese in " ".join(alice.page.reasons), alice.at)
    alice.browser.get(f"{here}&lang=en")
    alice.shows_passkey()
    told.holds("her passkey shows that it is she", alice.sees("payroll"), alice.at)
    alice.signs_out()
    told.says(house.travel("alice", "home"))


def _is_guessed_at(alice: Someone) -> None:
    house, told = alice.house, alice.house.told
    began = house.idp.ports.now()
    house.travel("alice", STRANGERS)  # whoever types her name at an unknown browser now seems to sit there
    forget_networks(house, address_of(house, "alice"))
    stranger = alice.elsewhere(agent=CHROME)
    try:
        stranger.browser.get(f"{house.doors.issuer}/sign-in")
        stranger.types_name()
        said = {stranger.types_password(f"Guess-{turn}").status for turn in range(GUESSES)}
        told.holds(f"a stranger's {GUESSES} wrong passwords get one answer", said == {200}, said)
        stranger.types_password()
        told.holds(
            "from then on not even the right one is heard from there, and the answer does not tell",
            stranger.page.path == "/sign-in/password" and "is not right" in stranger.page.text,
            stranger.at,
        )
    finally:
        house.travel("alice", "home")
    told.holds("administrators have an alert", _alerted(alice, began), "no alert account-guessing")
    alice.opens("payroll")
    alice.types_name()
    alice.types_password()
    told.holds(
        "her own device still gets in: the strangers' budget left room below the directory's lock",
        alice.page.path in ("/sign-in/passkey", "/sign-in/totp") or alice.sees("payroll"),
        alice.at,
    )
    if alice.page.path == "/sign-in/passkey":
        alice.shows_passkey()
    told.holds("and she is back at work", alice.sees("payroll"), alice.at)


def _unvisited(alice: Someone) -> str:
    """A country in which she has not signed in before, so that the story stays new when it is told again."""
    idp, subject = alice.house.idp, subject_of(alice.house, "mof", "alice")
    rows = idp.ports.truth.history.sign_ins(subject.id, idp.ports.now() - PAST) if subject else ()
    visited = {row.country for row in rows if row.confirmed}
    return next((country for country in COUNTRIES if country not in visited), COUNTRIES[0])


def _reason(alice: Someone, word: str) -> str:
    return next((reason for reason in alice.page.reasons if word in reason), "; ".join(alice.page.reasons) or "none")


def _alerted(alice: Someone, began: datetime) -> bool:
    """One alert is raised for each account and quarter of an hour, so an earlier telling's counts as well."""
    idp, subject = alice.house.idp, subject_of(alice.house, "mof", "alice")
    since = began - timedelta(minutes=idp.settings.guessing.window_minutes)
    alerts = idp.ports.truth.desk.alerts(open_only=False)
    mine = [one for one in alerts if subject is not None and one.subject_id == subject.id]
    return any(one.kind == "account-guessing" and one.at > since for one in mine)
