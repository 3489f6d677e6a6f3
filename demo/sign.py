"""What `make run` prints when all is up: addresses, people, things to try. Plain values in, text out."""

from dataclasses import dataclass

from demo.doors import Doors


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as. `code` is a one-time enrolment code that has not been used yet."""

    sign_in: str
    password: str
    what: str
    code: str | None = None


def sign(doors: Doors, people: tuple[Person, ...], seconds: float, remarks: tuple[str, ...] = ()) -> str:
    """The whole sign.

    Args:
        seconds: from the start until everything answered.
        remarks: what is different from the documents, one sentence each.
    """
    issuer = doors.issuer
    rows: list[tuple[str, tuple[str, ...]]] = [
        ("Gerege", (f"{issuer:<28}(English / 简体中文)      ready in {seconds:.1f} s",)),
        ("Apps", (f"{doors.payroll_url:<28} {doors.docs_url}   sign in once, both open",)),
        ("Mail", (f"{doors.mail_url:<28} every letter that is sent",)),
        ("People", _people(people)),
        (
            "Try",
            (
                "1  open Payroll as Alice: her password, an authenticator app, and the code above",
                "2  open Docs: nothing is asked;  approve a payment: a passkey is asked, and why",
                "3  make travel PERSON=alice COUNTRY=SG, sign in again: stepped up, with the reason",
                f"4  {issuer}/admin: people, roles, audit.   make demo tells it all in a minute",
            ),
        ),
        ("Machines", (f"{issuer}/.well-known/openid-configuration   {issuer}/healthz",)),
        ("Note", remarks),
        ("Stop", ("Ctrl-C;  make reset forgets everything",)),
    ]
    return "\n".join(line for head, lines in rows for line in _row(head, lines)) + "\n"


def _row(head: str, lines: tuple[str, ...]) -> list[str]:
    return [f"  {head if not index else '':<10}{line}" for index, line in enumerate(lines)]


def _people(people: tuple[Person, ...]) -> tuple[str, ...]:
    who = [f"{person.sign_in} / {person.password}" for person in people]
    width = max((len(each) for each in who), default=0)
    return tuple(
        f"{each:<{width}}  {person.what}" + (f", enrolment code {person.code}" if person.code else "")
        for each, person in zip(who, people, strict=True)
    )
