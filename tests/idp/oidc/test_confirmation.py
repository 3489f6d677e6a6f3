"""What a token is bound to, and what must be shown with it: every combination."""

from itertools import product

import pytest

from idp.errors import InvalidRequest, InvalidToken
from idp.model import Client, Text
from idp.oidc import confirmation
from idp.oidc.certificates import ClientCertificate

MINE, OTHER = ClientCertificate(b"one", verified=True), ClientCertificate(b"two", verified=True)
JKT, OTHER_JKT = "j" * 43, "k" * 43


def client(**changes: object) -> Client:
    return Client("c", Text("c", "c"), "d", (), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("jkt", [None, JKT])
@pytest.mark.parametrize("certificate", [None, MINE])
@pytest.mark.parametrize("changes", [
    {}, {"profile": "fapi2"}, {"dpop_bound_access_tokens": True}, {"tls_client_certificate_bound_access_tokens": True},
    {"dpop_bound_access_tokens": True, "tls_client_certificate_bound_access_tokens": True},
])  # fmt: skip
def test_what_is_bound_is_needed_and_nothing_else_will_do(
    changes: dict[str, object], certificate: ClientCertificate | None, jkt: str | None
) -> None:
    lacking = (
        ("dpop_bound_access_tokens" in changes and jkt is None)
        or ("tls_client_certificate_bound_access_tokens" in changes and certificate is None)
        or ("profile" in changes and jkt is None and certificate is None)
    )
    if lacking:
        with pytest.raises(InvalidRequest):
            confirmation.confirmation(client(**changes), jkt, certificate)
        return
    cnf = confirmation.confirmation(client(**changes), jkt, certificate)
    assert bool(cnf) is (jkt is not None or (bool(changes) and certificate is not None))
    assert confirmation.token_type(cnf) == ("DPoP" if jkt else "Bearer")
    accepted = {
        (shown, key)
        for shown, key in product((None, MINE, OTHER), (None, JKT, OTHER_JKT))
        if not refused(cnf, key, shown)
    }
    keys = {jkt}
    certificates = {MINE} if cnf and confirmation.X5T in cnf else {None, MINE, OTHER}
    assert accepted == set(product(certificates, keys))


def refused(cnf: confirmation.Cnf | None, jkt: str | None, certificate: ClientCertificate | None) -> bool:
    try:
        confirmation.verify(cnf, jkt, certificate)
    except InvalidToken:
        return True
    return False
