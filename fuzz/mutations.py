"""Inputs without a coverage engine: good examples, bent. The same seed gives the same inputs."""

import random
from collections.abc import Iterator

SEEDS: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"{}",
    b'{"alg":"ES256","kid":"k","typ":"JWT"}',
    b'{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
    b'"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}',
    b'{"kty":"RSA","n":"AQAB","e":"AQAB"}',
    b'{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.AAAA",
    b"eyJhbGciOiJub25lIn0.e30.",
    b"response_type=code&client_id=payroll&redirect_uri=https%3A%2F%2Fpayroll.example%2Fcallback&scope=openid+payroll.read"
    b"&state=s&nonce=n&code_challenge=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv&code_challenge_method=S256",
    b"grant_type=authorization_code&code=x&redirect_uri=https://payroll.example/callback&code_verifier=v",
    b"token=x&token_type_hint=access_token",
    b"application/x-www-form-urlencoded\na=b&c=%E5%B7%A5",
    b"Basic cGF5cm9sbDpzZWNyZXQ=\ngrant_type=client_credentials&scope=docs.read",
    b"x\nBasic cGF5cm9sbDpzZWNyZXQ=\ngrant_type=refresh_token&refresh_token=family_x.y",
    b"http://127.0.0.1:5000/cb",
    b"https://payroll.example/callback?x=1#y",
    b"10.0.0.1\n203.0.113.7, 10.0.0.2, [2001:db8::1]",
    b"id_token_hint=a.b.c&post_logout_redirect_uri=https://payroll.example/bye&state=s",
    b'claims={"userinfo":{"name":null},"id_token":{"acr":{"essential":true,"values":["urn:gerege:aal2"]}}}',
    b'authorization_details=[{"type":"payment","amount":"5.00"}]',
    b'{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"none"}',
)
PIECES: tuple[bytes, ...] = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"%00", b"%", b"%zz", b"..", b"=", b"&", b"&&", b"\r\n", b"\n", b"\t", b"{",
    b"[", b'"', b"//", b"@", b"#", b"*",
    b"null", b"true", b"-1", b"1e999", b"9" * 30, b"a" * 300, b"{" * 200, b"[" * 200, b"\xe5\xb7\xa5", b"client_id=x",
    b"openid", b"request=a.b.c", b"request_uri=urn:ietf:params:oauth:request_uri:x", b"\\u0000",
)  # fmt: skip


def inputs(seed: int, count: int) -> Iterator[bytes]:
    """`count` inputs: some of the examples as they are, the rest cut, joined, and sprinkled with what parsers fear."""
    chance = random.Random(seed)  # noqa: S311  repeatable, not secret
    yield from SEEDS[:count]
    for _ in range(count - len(SEEDS)):
        yield _bent(chance)


def _bent(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.choice(PIECES)
            case 1:
                del data[at : at + chance.randint(1, 12)]
            case 2 if data:
                data[at % len(data)] = chance.randrange(256)
            case 3:
                data[at:at] = chance.choice(SEEDS)
            case 4:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
            case _:
                data[at:] = data[at:] * chance.randint(0, 3)
    return bytes(data[:20_000])
