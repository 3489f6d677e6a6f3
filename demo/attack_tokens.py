"""Attacks with something that was stolen: a session's cookie, an authorization code."""

from urllib.parse import urlsplit

from demo.story_abroad import CHROME
from demo.story_people import Someone
from demo.story_tokens import Application
from demo.story_words import alert_of

MINUTE = 60.0
SESSION = "session"


def stolen_cookie(victim: Someone) -> None:
    """The cookie is good at one device; shown by another it ends the session, there and everywhere."""
    house, told = victim.house, victim.house.told
    host = urlsplit(house.doors.issuer).hostname or ""
    began = house.idp.ports.now()
    victim.signs_in("docs")
    told.holds("Zhou Ting has Docs open", victim.sees("docs"), victim.at)
    thief = victim.elsewhere(agent=CHROME)
    thief.browser.cookies = {host: {SESSION: victim.browser.cookies[host][SESSION]}}
    told.says("Her session cookie, and nothing else of hers, is planted into a browser on another device.")
    thief.browser.get(f"{house.doors.issuer}/me")
    told.holds("the thief is asked who he is", thief.page.path == "/sign-in", thief.at)
    ended = [event["why"] for event in house.events("session.ended", began)]
    told.holds("the session was ended as stolen", "stolen" in ended, ended)
    alert = alert_of(house, "stolen-session", began)
    told.holds(f"alert: {alert}", alert is not None, "no alert stolen-session")
    told.soon(
        "Docs was told too and shows nothing any more", lambda: not victim.is_in("docs"), MINUTE, lambda: victim.at
    )
    told.holds(
        "she is asked to sign in again, and the thief has nothing that works", victim.page.path == "/sign-in", victim.at
    )


def code_replay(victim: Someone) -> None:
    """A code is taken once. The second time ends what the first brought."""
    house, told = victim.house, victim.house.told
    began = house.idp.ports.now()
    victim.signs_in("docs")
    docs = Application(house, "docs")
    code = docs.code(victim.browser)
    first = docs.redeem(code)
    told.holds("Docs redeems the code and gets its tokens", first.status == 200, first)
    token, refresh = first.body.get("access_token", ""), first.body.get("refresh_token", "")
    told.holds("the API takes the token", docs.api("GET", "/api/documents", token).status == 200)
    second = docs.redeem(code)
    told.holds("the same code again: invalid_grant", (second.status, second.error) == (400, "invalid_grant"), second)
    told.holds(
        "the first access token is dead", docs.introspect(token).body == {"active": False}, docs.introspect(token)
    )
    refused = docs.refresh(refresh)
    told.holds("so is the first refresh token", refused.error == "invalid_grant", refused)
    replayed = [event["what"] for event in house.events("token.replayed", began)]
    told.holds(f"the log says what came twice: {', '.join(replayed)}", bool(replayed), "no event token.replayed")
    alert = alert_of(house, "code-replay", began)
    told.holds(f"alert: {alert}", alert is not None, "no alert code-replay")
