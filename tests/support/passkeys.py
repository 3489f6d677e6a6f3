"""People of a house with passkeys of their own: synced or not, of a model that proves itself or of none."""

from fido2.webauthn import AuthenticatorData

from idp.authn.factors import passkey
from idp.model import AAL2_PHR, Authenticator, Subject
from tests.support.authenticator import NORMAL, Passkey
from tests.support.fido import BLUE, Authority, known
from tests.support.house import Browser, House

SYNCED = NORMAL | AuthenticatorData.FLAG.BE | AuthenticatorData.FLAG.BS
MAKER = Authority("Maker Root")


def blue_key(**more: object) -> Passkey:
    """A security key that proves its model."""
    return Passkey(aaguid=BLUE.bytes, attest=MAKER.attest, **more)  # type: ignore[arg-type]


def know(house: House, **more: object) -> str:
    """The house knows that model; its AAGUID."""
    model = known(BLUE, "Blue Key 5", MAKER.der, **more)  # type: ignore[arg-type]
    with house.idp.ports.truth.begin() as tx:
        tx.models.put(model)
    return model.aaguid


def hold(
    house: House,
    subject: Subject,
    key: Passkey,
    *,
    flags: AuthenticatorData.FLAG = NORMAL,
    worth: str = AAL2_PHR,
) -> Authenticator:
    """This passkey is enrolled for this person. `worth`: its ledger."""
    idp = house.idp
    options = passkey.registration_options(idp.party, b"c" * 32, passkey.handle_of(subject.id), "n", "N", [])
    made = passkey.verify_registration(
        idp.party, key.register(options, flags=flags), b"c" * 32, idp.ports.truth.models.get
    )
    one = Authenticator(
        idp.id("factor"),
        subject.id,
        "passkey",
        "Key",
        None,
        made.state,
        worth,
        ("test",),
        house.clock(),
        aaguid=made.aaguid,
    )
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add(one)
    return one


def by_passkey(house: House, url: str, key: Passkey, browser: Browser | None = None, **changed: object) -> Browser:
    """A sign-in with nothing but this passkey; `changed` as `Passkey.sign` takes it."""
    there = (browser or Browser(house)).get(url)
    return there.submit(credential=key.sign(there.options(), **changed))  # type: ignore[arg-type]
