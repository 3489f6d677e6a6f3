"""Golden signatures of the RFCs, and equality with joserfc on tokens of every algorithm."""

import pytest

from gerege_verify import InvalidToken, Verifier, jws
from gerege_verify.jwk import read_keys

from .conftest import AUDIENCE, KEYS, Issuer

RSA_N = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"
    "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
    "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)
VECTORS = {
    "RFC 7515 A.2 RS256": (
        {"kty": "RSA", "n": RSA_N, "e": "AQAB"}, "RS256", "eyJhbGciOiJSUzI1NiJ9",
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
        "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
        "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
        "Ge77Rw",
    ),
    "RFC 7515 A.3 ES256": (
        {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}, "ES256", "eyJhbGciOiJFUzI1NiJ9",
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ),
    "RFC 8037 A.4 EdDSA": (
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}, "EdDSA",
        "eyJhbGciOiJFZERTQSJ9", "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VECTORS)
def test_the_signatures_of_the_rfcs_verify_and_a_changed_one_does_not(name: str) -> None:
    jwk, alg, header, payload, signature = VECTORS[name]
    key = read_keys({"keys": [{**jwk, "kid": "v"}]})["v", alg]
    jws.prove(key, jws.Compact(header, payload, signature))
    flipped = ("B" if signature[10] == "A" else "A").join((signature[:10], signature[11:]))
    for changed in (
        jws.Compact(header, payload, flipped),
        jws.Compact(header, payload, signature[:-4]),
        jws.Compact(header, "e30", signature),
        jws.Compact("e30", payload, signature),
    ):
        with pytest.raises(InvalidToken):
            jws.prove(key, changed)


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "RS256", "PS256"])
def test_what_joserfc_signs_is_accepted(alg: str, issuer: Issuer, verifier: Verifier) -> None:
    issuer.keys = {"k1": KEYS[alg]}
    token = issuer.sign(issuer.claims(), alg=alg)
    accepted = verifier.verify(token, audience=AUDIENCE, scope="payroll.read")
    assert (accepted.subject, accepted.client_id, accepted.token_id) == ("s-1", "payroll", "t-1")
    assert accepted.scope == {"payroll.read", "payroll.approve"}
    head, payload, signature = token.split(".")
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    with pytest.raises(InvalidToken):
        verifier.verify(f"{head}.{payload}.{signature[:middle]}{other}{signature[middle + 1 :]}", audience=AUDIENCE)


def test_a_der_signature_is_no_es256_signature(issuer: Issuer, verifier: Verifier) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    from .conftest import segment

    head, payload, signature = issuer.token().split(".")
    raw = jws.decode(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    with pytest.raises(InvalidToken):
        verifier.verify(f"{head}.{payload}.{segment(der)}", audience=AUDIENCE)
