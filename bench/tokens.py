"""How many tokens one core makes: the machine endpoints in process, as WSGI, on SQLite and Valkey, audit on.

    python -m bench.tokens [--seconds N] [--rounds N]

No HTTP server is in the figures: what is measured is everything behind it. CPU seconds of this process are counted,
Valkey's are its own. `floor` is the same callable doing nothing but parse and answer; `sign` is the bare signature.
Compare figures within one run.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from time import perf_counter, process_time
from urllib.parse import urlencode

from adapters import connect
from idp.authn.factors.passkey import RelyingParty
from idp.flows import possession
from idp.flows.context import Idp
from idp.oidc import signing
from idp.web.machine.answers import as_json, endpoint
from risk.zones import Zones
from tests.support.house import settings_in
from tests.support.proofs import Key, asserted, assertion, proof
from tests.support.tokens import ENGINE, ISSUER, SECRET, Clock, Wire, World, basic, furnish

Work = Callable[[], object]
PREPARED = 5000
"""Signed requests for each second that is measured: more than one core can answer."""
FORM = "application/x-www-form-urlencoded"


@contextmanager
def real_world() -> Iterator[World]:
    """Alice, four clients, SQLite and Valkey in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="gerege-bench-") as name:
        clock = Clock()
        clock.at = datetime.now(UTC)
        settings = settings_in(Path(name))
        ports = connect(settings, clock)
        try:
            idp = Idp(settings, ports, ENGINE, Zones({}), RelyingParty("id.example", "Bench", ISSUER))
            yield furnish(idp, clock, Wire(), ports.brief)
        finally:
            ports.close()


def post(app: Callable[..., object], form: dict[str, str], client_id: str) -> Work:
    """One prepared request, sent again and again."""
    body, authorization = urlencode(form).encode(), basic(client_id, SECRET)
    fixed = {"REQUEST_METHOD": "POST", "PATH_INFO": "/token", "CONTENT_TYPE": FORM, "HTTP_AUTHORIZATION": authorization}

    def call() -> None:
        said: list[str] = []
        app(
            {**fixed, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)},
            lambda status, headers: said.append(status),
        )
        if said != ["200 OK"]:
            raise RuntimeError(said)

    return call


def works(w: World, most: int) -> dict[str, Work]:
    """What is measured, by name. `most`: how often one that must be prepared may be called."""
    tokens = w.tokens(scopes="openid profile payroll.read")
    mine = w.tokens(scopes="openid profile")["access_token"]
    key = w.truth.configuration().keys[0]
    token, introspect = w.apps["/token"], w.apps["/introspect"]
    machine = {"grant_type": "client_credentials", "scope": "docs.read docs.write"}
    floor = endpoint(lambda environ: as_json({"access_token": "x" * 500}), ("POST",), cors=True)
    return {
        "floor": post(floor, machine, "robot"),
        "sign": lambda: signing.sign(key, "at+jwt", {"sub": "x" * 300}),
        "client_credentials": post(token, machine, "robot"),
        "same, signed and bound": signed_and_bound(w, most),
        "code → token": lambda: w.redeem(w.code()),
        "refresh, confidential": post(
            token, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}, "payroll"
        ),
        "refresh, rotating": rotating(w),
        "introspection": post(introspect, {"token": tokens["access_token"]}, "payroll"),
        "userinfo": lambda: w.userinfo(mine),
        "wrong secret": lambda: w.call("/token", machine | {"client_id": "docs", "client_secret": "x"}, None),
        "jwks": lambda: w.http("GET", "/jwks"),
    }


def signed_and_bound(w: World, most: int) -> Work:
    """FAPI 2's shape: private_key_jwt and DPoP with our nonce. What clients sign is signed beforehand."""
    own, dpop, now = Key("ES256", "k"), Key(), w.clock()
    client = replace(w.client("robot"), id="bank", profile="fapi2", auth_method="private_key_jwt", jwks=(own.jwk,))
    with w.truth.begin() as tx:
        tx.registry.put_client(client)
    nonce = possession.current_nonce(w.idp, now)
    machine = {"grant_type": "client_credentials", "scope": "docs.read docs.write"}
    prepared = [
        (
            urlencode(machine | asserted(assertion(own, "bank", now))).encode(),
            proof(dpop, "POST", f"{ISSUER}/token", now, nonce=nonce),
        )
        for _ in range(most)
    ]
    fixed = {"REQUEST_METHOD": "POST", "PATH_INFO": "/token", "CONTENT_TYPE": FORM}

    def call() -> None:
        body, shown = prepared.pop()
        said: list[str] = []
        w.apps["/token"](
            {**fixed, "HTTP_DPOP": shown, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)},
            lambda status, headers: said.append(status),
        )
        if said != ["200 OK"]:
            raise RuntimeError(said)

    return call


def rotating(w: World) -> Work:
    held = [w.tokens("app", "openid docs.read")["refresh_token"]]

    def call() -> None:
        held[0] = w.refresh(held[0], "app").json["refresh_token"]

    return call


def rate(work: Work, seconds: float) -> tuple[float, float]:
    """(calls per CPU second, calls per second of the clock)."""
    work()
    count, wall, used = 0, perf_counter(), process_time()
    while perf_counter() - wall < seconds:
        work()
        count += 1
    return count / (process_time() - used), count / (perf_counter() - wall)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0)
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    with real_world() as w:
        measured: dict[str, list[tuple[float, float]]] = {}
        for _ in range(chosen.rounds):
            for name, work in works(w, int(PREPARED * chosen.seconds)).items():
                measured.setdefault(name, []).append(rate(work, chosen.seconds))
    print(f"{'':24} per CPU second   per second")
    for name, rates in measured.items():
        cpu, wall = (statistics.median(one) for one in zip(*rates, strict=True))
        print(f"{name:24} {cpu:14,.0f} {wall:12,.0f}")


if __name__ == "__main__":
    main()
