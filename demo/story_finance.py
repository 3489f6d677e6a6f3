"""Chapters 1 and 2: Alice's first day, and what Payroll asks of her before she approves pay."""

from demo.browser import Unexpected
from demo.story_people import Someone

PAYROLL, DOCS = "payroll", "docs"


def first_day(alice: Someone) -> None:
    """Password at Finance's directory, an authenticator app with the printed code, Payroll; then Docs, unasked."""
    house, told = alice.house, alice.house.told
    code = alice.enrolment_code()
    alice.opens(PAYROLL)
    told.holds("Payroll sends her to sign in", alice.page.path == "/sign-in", alice.at)
    alice.types_name()
    told.holds(
        "her department is found by her address: Ministry of Finance",
        "Ministry of Finance" in alice.page.text,
        alice.at,
    )
    alice.types_password()
    told.holds(
        "the directory takes her password; pay data wants a second factor and she has none, so one is set up",
        alice.page.path == "/sign-in/enrol",
        alice.at,
    )
    if alice.page.path.startswith("/sign-in/enrol"):
        told.says(f"She adds an authenticator app, with the code that the help desk gave her ({code}).")
        alice.enrols_app(code)
    told.holds(
        "back in Payroll, which greets her by name",
        alice.sees(PAYROLL),
        alice.at,
    )
    alice.opens(DOCS)
    told.holds("Docs opens and asks her nothing", alice.sees(DOCS) and not alice.browser.asked(), alice.at)
    house.tells_tokens()


def passkey(alice: Someone) -> None:
    """Approving takes a passkey; made once, it is enough by itself the next time."""
    house, told = alice.house, alice.house.told
    alice.opens(PAYROLL)
    alice.browser.post("/approve")
    told.holds(
        "she approves the pay run; a code is not enough for it, so Payroll asks for more: a passkey is asked for",
        "enrol" in alice.page.path,
        alice.at,
    )
    told.holds("and the page says why, naming Payroll", "Payroll" in " ".join(alice.page.reasons), alice.at)
    told.says(f"The page: “{' '.join(alice.page.reasons)}”")
    alice.makes_passkey()
    told.holds("with the passkey she is back in Payroll, which asks her to confirm", alice.sees(PAYROLL), alice.at)
    alice.browser.post("/approve")
    told.holds("the pay run is approved", "is approved" in alice.page.text, alice.at)
    house.tells_tokens()
    alice.signs_out()
    told.holds("she signs out", "signed out" in alice.page.text.lower(), alice.at)
    alice.opens(PAYROLL)
    if alice.page.path != "/sign-in":
        raise Unexpected(f"a sign-in was expected, not {alice.at}")
    alice.shows_passkey()
    told.holds(
        "the next time her passkey is enough by itself: no name, no password, no code",
        alice.sees(PAYROLL),
        alice.at,
    )
    house.tells_tokens()
