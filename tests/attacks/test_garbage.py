"""A short share of `make fuzz`: bent inputs for every parser and the machine endpoints. No 500, ever."""

import pytest

from fuzz.mutations import inputs
from fuzz.targets import TARGETS
from idp.oidc.redirects import is_registered
from tests.support.tokens import world

SHARE = 1500


@pytest.mark.parametrize("name", TARGETS)
def test_garbage_is_answered(name: str) -> None:
    for data in inputs(20261123, SHARE):
        try:
            TARGETS[name](data)
        except BaseException as error:
            raise AssertionError(f"{name}: {data!r}") from error


@pytest.mark.parametrize(
    "uri", ["http://127.0.\t0.1:5000/cb", "http://127.0.0.1:5000\n/cb", "http://127.0.0.1:5000/c\rb"]
)
def test_what_a_parser_drops_without_a_word_is_not_registered(uri: str) -> None:
    assert not is_registered(uri, ("http://127.0.0.1/cb",))


@pytest.mark.parametrize("value", ["Basic \xff\xfe", "Basic ====", "Basic", "Basic \xa0"])
def test_credentials_that_are_none(value: str) -> None:
    reply = world().http("POST", "/token", b"grant_type=client_credentials", {"Authorization": value})
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")
