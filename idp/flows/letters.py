"""The outbox: letters that wait in SQL are written in their person's language and handed over, until they went.

Each is claimed by one process, tried with growing waits, and given up after three days; a mail server that is away
holds letters back and nothing else. A letter names what happened, when, where, on what and by whom; it never holds a
link that signs anybody in, and nothing in it is loaded from anywhere.
Spec: RFC 5321 §4.5.4.1 (retries, give-up time), NIST SP 800-63B-4 §4.6. Deliberately not here: SMTP.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from html import escape

from idp import messages as said
from idp.errors import Invalid, Unavailable, Undeliverable
from idp.events import AlertRaised, MailLost
from idp.flows.context import Idp
from idp.flows.notices import APPROVE, ASKED
from idp.messages import Language, Messages
from idp.model import Alert, Notice, Subject

WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
)
"""Before the second, third … try; the last one again and again."""
GIVE_UP = timedelta(days=3)
BATCH = 20
PATIENCE = 3
"""Letters in a row that find no server before the rest of a round waits for the next."""
NOT_ME = "/not-me/"
LONGEST_FACT = 80
_SHOWN = ("factor", "name", "person", "count", "left", "until")

log = logging.getLogger("gerege.letters")


def send_due(idp: Idp) -> int:
    """One round: claim what is due, try each, write down what came of it. How many went."""
    with idp.ports.truth.begin() as tx:
        claimed = tx.notices.due(idp.ports.now(), BATCH)
    sent, away = 0, 0
    for notice in claimed:
        failure, again = _send(idp, notice)
        sent, away = sent + (failure is None), away + 1 if again else 0
        _settle(idp, notice, failure, again)
        if away == PATIENCE:
            break  # the others' claims run out by themselves
    return sent


def _send(idp: Idp, notice: Notice) -> tuple[str | None, bool]:
    """Why it did not go, and whether it may be tried again."""
    subject = idp.ports.truth.people.get(notice.subject_id)
    if subject is None or not (to := addresses(subject)):
        return "no address", False
    try:
        title, text, html = written(idp, subject, notice)
    except Exception as broken:  # one that cannot be written holds up no other; no trace: it could quote the letter
        log.error("letter %s (%s) cannot be written: %s", notice.id, notice.kind, type(broken).__name__)
        return "broken", False
    went, trouble, again = 0, "", False
    for address in to:
        try:
            idp.ports.mail.send(address, title, text, html)
            went += 1
        except (Invalid, Undeliverable) as never:
            trouble = never.detail
        except Unavailable as away:
            trouble, again = f"no answer ({away.detail})", True
    if again or not went:
        return trouble, again
    return None, False


def _settle(idp: Idp, notice: Notice, failure: str | None, again: bool) -> None:
    now = idp.ports.now()
    wait = WAITS[min(notice.attempts, len(WAITS) - 1)]
    next_at = now + wait if again and now + wait < notice.created_at + GIVE_UP else None
    sent_at = now if failure is None else None
    with idp.ports.truth.begin() as tx:
        tx.notices.settle(notice.id, sent_at=sent_at, next_at=next_at, failure=failure)
        if failure is None or next_at is not None:
            return
        tx.record(MailLost(subject_id=notice.subject_id, why=failure))
        if again and not any(one.kind == "mail-lost" for one in idp.ports.truth.desk.alerts()):
            tx.desk.raise_alert(Alert(idp.id("alert"), "mail-lost", now, "alert.mail-lost", {"why": failure}))
            tx.record(AlertRaised(kind="mail-lost"))
    log.warning("letter %s is given up: %s", notice.id, failure)


def addresses(subject: Subject) -> tuple[str, ...]:
    """Every address that is known of a person. A change is told to all of them, so that no thief can hush it up."""
    further = subject.claims.get("email")
    known = (subject.mail, further if isinstance(further, str) else None)
    return tuple(dict.fromkeys(one for one in known if one))


def written(idp: Idp, subject: Subject, notice: Notice) -> tuple[str, str, str]:
    """(subject, plain text, HTML) in that person's language."""
    server = idp.settings.server
    language = said.choose(person=subject.language, default=server.default_language)
    words, params = _words(), {key: _plain(value) for key, value in notice.params.items()}
    service = {"en": server.service_name_en, "zh-CN": server.service_name_zh}[language]
    name = _plain(subject.display_name.in_language(language))
    facts: dict[str, object] = {"service": service, "person": params.get("person", name)}
    facts["app"] = params.get("app_zh" if language == "zh-CN" else "app_en", "")
    facts |= {key: _fact(words, language, server.time_zone, key, params[key]) for key in _SHOWN if key in params}
    title = words.text(language, f"letter.{notice.kind}.subject", **facts)
    story = [words.text(language, "letter.greeting", person=name)]
    story.append(words.text(language, f"letter.{notice.kind}.text", **facts))
    if notice.kind == ASKED:
        link = f"{idp.issuer}{APPROVE}"
        story += [link, words.text(language, "letter.asked.warning")]
    else:
        story.append("\n".join(_lines(words, language, server.time_zone, notice.created_at, params)))
        link = f"{idp.issuer}{NOT_ME}{idp.ports.sealer.open('not-me', notice.params['link']).decode()}"
        story += [words.text(language, "letter.not-me"), link, words.text(language, "letter.otherwise")]
    story.append(words.text(language, "letter.foot", service=service))
    return title, "\n\n".join(story) + "\n", _html(language, title, story, link)


def _lines(words: Messages, language: Language, zone: str, at: datetime, params: Mapping[str, str]) -> list[str]:
    """When, where, on what and by whom, as far as it is known."""
    country = said.country(params["country"], language) if params.get("country") else None
    city = params.get("city")
    place = words.text(language, "%(city)s, %(country)s", city=city, country=country) if city and country else country
    by = words.text(language, f"letter.by-{params['by']}") if params.get("by") in ("desk", "administrator") else None
    told = {"time": said.moment(at, language, zone), "place": place, "device": params.get("device"), "by": by}
    return [words.text(language, f"letter.fact-{key}", value=value) for key, value in told.items() if value]


def _fact(words: Messages, language: Language, zone: str, key: str, value: str) -> str:
    if key == "factor":
        return words.text(language, f"letter.factor-{value}")
    if key == "until":
        return said.moment(datetime.fromisoformat(value), language, zone)
    return value


def _plain(value: str) -> str:
    """One line without a link: what people name their things must not become a letter of somebody else's."""
    printable = "".join(sign if sign.isprintable() else " " for sign in value)
    return " ".join(printable.replace("://", " ").replace("www.", "www ").split())[:LONGEST_FACT]


def _html(language: Language, title: str, story: list[str], link: str) -> str:
    """The same words; nothing is loaded, nothing runs."""
    body = "".join(
        f'<p><a href="{escape(part)}">{escape(part)}</a></p>'
        if part == link
        else f"<p>{'<br>'.join(escape(part).splitlines())}</p>"
        for part in story
    )
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'


@cache
def _words() -> Messages:
    return Messages.load()
