"""Smart cards: only a good card, handed over by our own proxy, lets its one person in, in the browser that began."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from idp.flows.admin import people
from idp.flows.admin.scope import OPERATOR
from idp.model import AAL2_PHR, Department, Text
from tests.support.cards import CLIENT_AUTH, DAY, SERVER_AUTH, CardAuthority, Holder
from tests.support.house import Browser, Clock, House, RelyingParty, house_in
from tests.support.proofs import of_rfc9440

CARD_HOST = "https://card.id.example"
PROXY = {"REMOTE_ADDR": "127.0.0.1"}


@dataclass
class Desk:
    """A house with a card reader before it, and the authority behind its cards."""

    house: House
    state: CardAuthority
    folder: Path

    def publish(self, octets: bytes | None = None, life: timedelta = DAY) -> None:
        """A new list, read again."""
        at = self.house.clock()
        (self.folder / "between.crl").write_bytes(octets or self.state.lists(at, life))
        self.house.idp.ports.revocation_lists.refresh()

    def begin(self, client: str = "payroll", scope: str = "openid payroll.read") -> Browser:
        """At the card's page, from the button on the first page."""
        browser = Browser(self.house)
        browser.get(RelyingParty(self.house, client).start(scope))
        assert 'id="smart-card"' in browser.page
        return browser.get(f"/sign-in/certificate?i={browser.query['i']}")

    def read(self, browser: Browser, card: Holder | None, peer: str = "127.0.0.1", **headers: str) -> TestResponse:
        """What the browser is answered at the card's own address."""
        assert f'href="{CARD_HOST}/sign-in/certificate/card?i={browser.query["i"]}"' in browser.page
        shown = {"Client-Cert": of_rfc9440(card.certificate)} if card else {}
        path = f"/sign-in/certificate/card?i={browser.query['i']}"
        return self.house.http().get(
            path, base_url=CARD_HOST, headers=shown | headers, environ_base={"REMOTE_ADDR": peer}
        )

    def show(self, browser: Browser, card: Holder | None) -> Browser:
        """The whole way, as the browser goes it."""
        answer = self.read(browser, card)
        assert answer.status_code == 303
        return browser.get(answer.headers["Location"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("cards")
    now = Clock().at
    state = CardAuthority(now)
    (folder / "ca.pem").write_bytes(state.pem)
    (folder / "root.crl").write_bytes(state.root_list(now))
    (folder / "between.crl").write_bytes(state.lists(now))
    server = {
        "issuer": "https://id.example",
        "listen": "127.0.0.1:0",
        "trusted_proxies": ["127.0.0.1/32"],
        "client_certificate_header": "Client-Cert",
    }
    cards = {
        "ca_file": str(folder / "ca.pem"),
        "mtls_url": CARD_HOST,
        "crl_files": [str(folder / "root.crl"), str(folder / "between.crl")],
        "mapping": {"local": "san-email"},
    }
    with house_in(tmp_path_factory.mktemp("house"), server=server, certificates=cards) as house:
        yield Desk(house, state, folder)


@pytest.fixture(autouse=True)
def _fresh_list(desk: Desk) -> None:
    desk.publish()


def refused(browser: Browser) -> bool:
    """At the card's page again, with the one public sentence."""
    return browser.path == "/sign-in/certificate" and "This card was not accepted." in browser.page


def card_of(desk: Desk, name: str, **more: object) -> Holder:
    return desk.state.card(email=f"{name}@local.example", **more)  # type: ignore[arg-type]


def test_a_card_signs_its_person_in_without_anything_else(desk: Desk) -> None:
    desk.house.person("olga", "x" * 15, roles=("payroll-clerk",))
    browser = desk.show(desk.begin(), card_of(desk, "olga"))
    claims = RelyingParty(desk.house).id_token(browser)
    assert (claims["acr"], claims["amr"]) == (AAL2_PHR, ["mfa", "sc", "user"])
    assert claims["sub"]


@pytest.mark.parametrize(
    "wrong",
    [
        "expired",
        "not-yet",
        "purpose",
        "silent",
        "authority",
        "forged",
        "self",
        "nobody",
        "two-names",
        "no-name",
        "none",
    ],
)
def test_a_card_that_is_not_good_lets_nobody_in(desk: Desk, wrong: str) -> None:
    desk.house.person(f"pia-{wrong}", "x" * 15, roles=("payroll-clerk",))
    name, stranger = f"pia-{wrong}", CardAuthority(desk.state.now)
    cards: dict[str, Callable[[], Holder | None]] = {
        "expired": lambda: card_of(desk, name, begins=-40 * DAY),
        "not-yet": lambda: card_of(desk, name, begins=DAY),
        "purpose": lambda: card_of(desk, name, ekus=(SERVER_AUTH,)),
        "silent": lambda: card_of(desk, name, ekus=()),
        "authority": lambda: CardAuthority(desk.state.now, "Another State").card(email=f"{name}@local.example"),
        "forged": lambda: stranger.card(email=f"{name}@local.example"),
        "self": lambda: Holder(stranger.root.certificate, stranger.root.key),
        "nobody": lambda: card_of(desk, "nobody-at-all"),
        "two-names": lambda: desk.state.card(email=[f"{name}@local.example", "olga@local.example"]),
        "no-name": lambda: desk.state.card(cn=f"{name}@local.example"),
        "none": lambda: None,
    }
    browser = desk.show(desk.begin(), cards[wrong]())
    assert refused(browser)
    assert browser.cookie("session") is None


def test_a_revoked_card_is_refused_as_soon_as_the_list_says_so(desk: Desk) -> None:
    desk.house.person("quirin", "x" * 15, roles=("payroll-clerk",))
    card = card_of(desk, "quirin")
    assert "code" in desk.show(desk.begin(), card).query
    desk.state.revoke(card)
    desk.publish()
    assert refused(desk.show(desk.begin(), card))
    assert "sign-in.failed" in desk.house.events()


def test_an_overdue_list_accepts_nobody(desk: Desk) -> None:
    desk.house.person("rosa", "x" * 15, roles=("payroll-clerk",))
    desk.house.clock.move(days=2)
    browser = desk.show(desk.begin(), card_of(desk, "rosa"))
    assert "Smart cards cannot be checked at the moment" in browser.page
    assert browser.cookie("session") is None
    desk.publish()
    assert "code" in desk.show(desk.begin(), card_of(desk, "rosa")).query


def test_neither_an_old_list_nor_a_strangers_takes_the_place_of_the_one_that_is_held(desk: Desk) -> None:
    desk.house.person("sven", "x" * 15, roles=("payroll-clerk",))
    card, before = card_of(desk, "sven"), desk.state.lists(desk.house.clock() - timedelta(hours=1), 30 * DAY)
    desk.state.revoke(card)
    desk.publish()
    stranger = CardAuthority(desk.state.now)
    unrevoked = CardAuthority(desk.state.now)
    unrevoked.__dict__["between"] = desk.state.between
    forged = unrevoked.lists(desk.house.clock() + timedelta(seconds=1), signer=stranger.between)
    for octets in (before, forged, b"", b"-----BEGIN X509 CRL-----"):
        (desk.folder / "between.crl").write_bytes(octets)
        with pytest.raises(Exception, match="cannot be read again"):
            desk.house.idp.ports.revocation_lists.refresh()
        assert refused(desk.show(desk.begin(), card))


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.1.2.3"])
def test_a_header_from_anybody_but_the_proxy_is_refused(desk: Desk, peer: str) -> None:
    desk.house.person(f"tom-{peer[0]}", "x" * 15, roles=("payroll-clerk",))
    answer = desk.read(desk.begin(), card_of(desk, f"tom-{peer[0]}"), peer=peer)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_a_card_that_was_read_for_one_browser_is_nothing_in_another(desk: Desk) -> None:
    """A link to the card's address, sent to somebody, must not sign its sender in."""
    desk.house.person("ulla", "x" * 15, roles=("payroll-clerk",))
    thief, victim = desk.begin(), desk.begin()
    slip = parse_qs(urlsplit(desk.read(thief, card_of(desk, "ulla")).headers["Location"]).query)["card"][0]
    thiefs, own = thief.query["i"], victim.query["i"]
    victim.get(f"/sign-in/certificate/shown?i={thiefs}&card={slip}")
    assert victim.status == 410
    victim.get(f"/sign-in/certificate/shown?i={own}&card={slip}")
    assert refused(victim)


def test_a_slip_is_good_once_and_for_a_moment_and_cannot_be_made(desk: Desk) -> None:
    desk.house.person("vera", "x" * 15, roles=("payroll-clerk",))
    browser = desk.begin("docs", "openid docs.read")
    back = desk.read(browser, card_of(desk, "vera")).headers["Location"]
    assert refused(Browser.get(browser, back[:-3] + "AAA"))
    desk.house.clock.move(minutes=3)
    assert refused(browser.get(back))
    back = desk.read(browser, card_of(desk, "vera")).headers["Location"]
    assert "code" in browser.get(back).query
    assert browser.get(back).status == 410


def test_a_disabled_person_has_no_card(desk: Desk) -> None:
    walter = desk.house.person("walter", "x" * 15, roles=("payroll-clerk",))
    card = card_of(desk, "walter")
    people.disable(desk.house.idp, OPERATOR, walter.id, "left", desk.house.clock())
    assert refused(desk.show(desk.begin(), card))


def test_a_card_of_somebody_else_is_no_second_proof(desk: Desk) -> None:
    xaver, yves = (desk.house.person(name, "x" * 15, roles=("payroll-clerk",)) for name in ("xaver", "yves"))
    assert "code" in desk.show(desk.begin(), card_of(desk, "xaver")).query
    browser = Browser(desk.house)
    browser.get(RelyingParty(desk.house).start("openid payroll.read")).submit(username="xaver").submit(
        password="x" * 15
    )
    assert browser.path == "/sign-in/certificate"
    assert refused(desk.show(browser, card_of(desk, "yves")))
    assert "code" in desk.show(browser, card_of(desk, "xaver")).query
    assert xaver.id != yves.id


def test_a_name_that_two_departments_have_is_nobodys(tmp_path: Path) -> None:
    state = CardAuthority(Clock().at)
    (tmp_path / "ca.pem").write_bytes(state.pem)
    (tmp_path / "root.crl").write_bytes(state.root_list(state.now))
    (tmp_path / "between.crl").write_bytes(state.lists(state.now))
    server = {
        "issuer": "https://id.example",
        "listen": "127.0.0.1:0",
        "trusted_proxies": ["127.0.0.1/32"],
        "client_certificate_header": "Client-Cert",
    }
    cards = {
        "ca_file": str(tmp_path / "ca.pem"),
        "mtls_url": CARD_HOST,
        "crl_files": [str(tmp_path / "root.crl"), str(tmp_path / "between.crl")],
        "mapping": {"local": "subject-cn", "other": "subject-serial-number"},
    }
    with house_in(tmp_path, server=server, certificates=cards) as house:
        with house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(Department("other", "country", "bureau", Text("Other", "另"), "local"))
        house.person("zoe", "x" * 15, roles=("payroll-clerk",))
        house.person("4711", "x" * 15, department="other", roles=("payroll-clerk",))
        desk = Desk(house, state, tmp_path)
        both = state.card(cn="zoe", number="4711", ekus=(CLIENT_AUTH,))
        assert refused(desk.show(desk.begin(), both))
        assert "code" in desk.show(desk.begin(), state.card(cn="zoe", number="0815")).query
        assert refused(desk.show(desk.begin(), state.card(cn="4711")))  # a number of the other department's
