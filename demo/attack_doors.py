"""Attacks on the way in: one password for many names, and headers that lie about where a request comes from."""

import random

from demo.browser import FIREFOX, Browser
from demo.directories.cast import Actor, load
from demo.story_abroad import COUNTRIES
from demo.story_begin import address_of, forget_guesses, forget_networks
from demo.story_house import House
from demo.story_people import Someone
from demo.story_words import alert_of
from risk.zones import network_of

CAST = ("mof", "moe")
SPARED = ("alice", "wang.wei", "zhou.ting")
NOBODY = 6
WRONG = "The name or password is not right"
COMMON = "Spring-2026!"
AWAY = "BR"
LIES = {
    "X-Forwarded-For": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;proto=https",
    "X-Real-IP": "127.0.0.1",
    "X-Country": "CN",
    "CF-IPCountry": "CN",
}
"""Docs is for the office, which is this machine and stands in China."""


def spray(house: House) -> None:
    """The network's budget ends it: from then on not even a right password is heard from there."""
    told, idp = house.told, house.idp
    began = idp.ports.now()
    people = {department: [one for one in load(department).people if one.uid not in SPARED] for department in CAST}
    everybody = [one for group in people.values() for one in group]
    names = [one.mail for one in everybody] + [f"no.body{number}@mof.example" for number in range(NOBODY)]
    country = random.choice(COUNTRIES)  # noqa: S311 (which country is no secret)
    for name in names:
        house.travel(name.partition("@")[0], country)
    address = address_of(house, everybody[0].uid)
    _forgive(house, people, address)
    try:
        told.says(f"“{COMMON}” for {len(names)} names, {NOBODY} of them nobody's, all from {address} in {country}.")
        answers = {_guess(house, name, COMMON) for name in names}
        same = answers == {f"200 {WRONG}"}
        told.holds(f"every name gets one answer, whether or not there is such a person: “{WRONG}”", same, answers)
        right = everybody[-1]
        answer = _guess(house, right.mail, right.password)
        told.holds(
            f"the network has spent its budget: the right password of {right.name} is not heard from there either",
            answer in answers,
            answer,
        )
        network = idp.ports.sealer.digest("network", str(network_of(address)))
        alert = alert_of(house, "network-guessing", began, network=network[:12])
        told.holds(f"alert: {alert}", alert is not None, "no alert network-guessing for this network")
    finally:
        for name in names:
            house.travel(name.partition("@")[0], "home")
        _forgive(house, people, address)


def forged_headers(victim: Someone) -> None:
    """The proxy is the only one who says where a request comes from, and it believes nobody."""
    house, told = victim.house, victim.house.told
    began = house.idp.ports.now()
    told.says(house.travel(victim.actor.uid, AWAY))
    told.says(f"From there she opens Docs, which is for the office, and every request claims: {_shown(LIES)}")
    liar = victim.elsewhere(agent=FIREFOX)
    liar.browser.claims = LIES
    try:
        liar.opens("docs")
        liar.types_name()
        liar.types_password()
        told.holds("Docs stays shut, 403", liar.page.status == 403 and not liar.sees("docs"), liar.at)
        told.says(f"The page: “{' '.join(liar.page.reasons)}”")
        refused = house.events("sign-in.refused", began)
        seen = {event.get("country") for event in refused}
        told.holds(f"the log has where she really is: {', '.join(map(str, seen))}", seen == {AWAY}, seen)
    finally:
        house.travel(victim.actor.uid, "home")
    began = house.idp.ports.now()
    _guess(house, victim.actor.mail, COMMON, {"X-Forwarded-For": "8.8.8.8", "Forwarded": "for=8.8.8.8"})
    seen = {event.get("country") for event in house.events("sign-in.failed", began)}
    told.holds("a guess from here that claims to come from 8.8.8.8 is counted here, not there", seen == {"CN"}, seen)


def _guess(house: House, name: str, password: str, claims: dict[str, str] | None = None) -> str:
    """What a browser that nobody has seen is told."""
    browser = Browser(claims=claims or {})
    browser.get(f"{house.doors.issuer}/sign-in")
    browser.submit(username=name)
    page = browser.submit(password=password)
    return f"{page.status} {WRONG if WRONG in page.text else page.text[:200]}"


def _forgive(house: House, people: dict[str, list[Actor]], address: str) -> None:
    """The demonstration's people are innocent: what was counted against them and that network is forgotten."""
    for department, actors in people.items():
        forget_guesses(house.idp, department, *actors)
    forget_networks(house, address)


def _shown(headers: dict[str, str]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in headers.items())
