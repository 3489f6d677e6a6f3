"""A case for each factor: how somebody comes by a right proof, how it is shown to its flow, and what a wrong one is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from idp.authn.factors import recovery as codes
from idp.flows.context import Visit, hash_of
from idp.flows.sign_in import access_pass, certificate, enrol, passkey, password, recovery, totp
from idp.model import AAL2, AAL2_PHR, Authenticator, AuthorizationRequest, EnrolmentCode, Interaction, Subject
from idp.oidc.certificates import ClientCertificate
from idp.ports import Place
from idp.secret import Secret
from tests.support.authenticator import Passkey
from tests.support.cards import CardAuthority
from tests.support.house import Clock, House
from tests.support.passkeys import hold

IID = "interaction"
PASSWORD = "quiet harbour in winter"
CARDS = CardAuthority(Clock().at)


def settings_of_cards(folder: Path) -> dict[str, object]:
    """For `house_in`: cards of this authority, with lists that revoke nobody."""
    (folder / "ca.pem").write_bytes(CARDS.pem)
    (folder / "root.crl").write_bytes(CARDS.root_list(CARDS.now))
    (folder / "between.crl").write_bytes(CARDS.lists(CARDS.now))
    return {
        "ca_file": str(folder / "ca.pem"),
        "mtls_url": "https://card.id.example",
        "crl_files": [str(folder / "root.crl"), str(folder / "between.crl")],
        "mapping": {"local": "san-email"},
    }


def visit(house: House) -> Visit:
    nowhere = Place(None, None, None)
    return Visit(house.clock(), "a", "n", nowhere, frozenset(), "Firefox", "Linux", "en", "binding")


def under_way(house: House, subject: Subject | None = None) -> Interaction:
    """A sign-in; `subject`: who has proved something there, or is named."""
    request = AuthorizationRequest("payroll", "https://payroll.example/callback", ())
    begun = Interaction(hash_of(IID), 1, "b", request, "en", house.clock(), "n", department_id="local")
    return begun if subject is None else replace(begun, subject_id=subject.id, identifier=subject.identifiers[0])


def its_password(house: House, subject: Subject) -> str:
    return PASSWORD


def app_code(house: House, subject: Subject) -> str:
    return house.app_of(subject).at(house.clock())


def saved_code(house: House, subject: Subject) -> str:
    idp = house.idp
    made = Authenticator(idp.id("factor"), subject.id, "recovery", "", None, {}, AAL2, ("test",), house.clock())
    made_codes = codes.make(idp.ports.random)
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_recovery(made, [recovery.hash_of(idp, one) for one in made_codes])
    return made_codes[0]


def a_pass(house: House, subject: Subject) -> str:
    idp, code = house.idp, f"PASS{subject.id}"
    until, hashed = house.clock() + timedelta(hours=1), enrol.hash_code(idp, enrol.clean_code(code))
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_code(
            EnrolmentCode(idp.id("code"), subject.id, hashed, "test", until, kind="pass", ceiling=AAL2_PHR)
        )
    return code


def an_enrolment_code(house: House, subject: Subject) -> str:
    return house.enrolment_code(subject, f"ENROL{subject.id}")


def an_assertion(house: House, subject: Subject) -> str:
    key = Passkey()
    hold(house, subject, key)
    return key.sign(passkey.options(house.idp, visit(house), under_way(house), subject))


def a_slip(house: House, subject: Subject) -> str:
    card = CARDS.card(email=subject.mail or "").certificate
    return certificate.read(
        house.idp, ClientCertificate(card.public_bytes(Encoding.DER), verified=True), IID, house.clock()
    )


def garbled(text: str) -> str:
    """Another of the same length; in its middle, where every bit counts."""
    at = len(text) // 2
    return text[:at] + ("R" if text[at] in "Qq" else "Q") + text[at + 1 :]


def other_app_code(text: str) -> str:
    """Far from every step's code but by bad luck of one in a million."""
    return f"{(int(text) + 123457) % 1_000_000:06}"


def unsigned(response: str) -> str:
    return response.replace('"signature": "', '"signature": "AAAA')


@dataclass(frozen=True)
class Case:
    """One kind of proof in its flow.

    once: a right proof is spent by its first use. wears: wrong ones count against the authenticator itself.
    bound: it is an authenticator that can be taken away from a person.
    """

    make: Callable[[House, Subject], str]
    show: Callable[[House, Subject, str], Interaction]
    wrong: Callable[[str], str] = garbled
    once: bool = True
    wears: bool = False
    bound: bool = True


def _password(house: House, who: Subject, typed: str) -> Interaction:
    begun = replace(under_way(house), identifier=who.identifiers[0])
    return password.prove(house.idp, visit(house), begun, Secret(typed))


def _totp(house: House, who: Subject, typed: str) -> Interaction:
    return totp.prove(house.idp, visit(house), under_way(house, who), who, typed)


def _recovery(house: House, who: Subject, typed: str) -> Interaction:
    return recovery.prove(house.idp, visit(house), under_way(house), who, typed)


def _pass(house: House, who: Subject, typed: str) -> Interaction:
    return access_pass.prove(house.idp, visit(house), under_way(house), who, typed)


def _enrolment(house: House, who: Subject, typed: str) -> Interaction:
    return enrol.vouch(house.idp, visit(house), under_way(house, who), who, typed)


def _passkey(house: House, who: Subject, response: str) -> Interaction:
    return passkey.prove(house.idp, visit(house), under_way(house, who), response)


def _certificate(house: House, who: Subject, slip: str) -> Interaction:
    return certificate.prove(house.idp, visit(house), under_way(house, who), slip)


CASES: dict[str, Case] = {
    "password": Case(its_password, _password, once=False, wears=True),
    "passkey": Case(an_assertion, _passkey, unsigned),
    "certificate": Case(a_slip, _certificate, bound=False),
    "totp": Case(app_code, _totp, other_app_code, wears=True),
    "recovery": Case(saved_code, _recovery),
    "pass": Case(a_pass, _pass, bound=False),
    "enrolment": Case(an_enrolment_code, _enrolment, bound=False),
}
"""Every factor, the password, and the code that opens a first enrolment."""
