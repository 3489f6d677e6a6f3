import copy
import json
import pickle

import orjson
import pytest

from idp.secret import Secret

SECRETS = [Secret("hunter2"), Secret(b"hunter2")]


@pytest.mark.parametrize("secret", SECRETS)
def test_it_prints_as_stars_everywhere(secret: Secret) -> None:  # type: ignore[type-arg]
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>5}", "%s" % secret, f"{[secret]}"):  # noqa: UP031
        assert "hunter2" not in shown and "***" in shown
    assert secret.reveal() in ("hunter2", b"hunter2")


@pytest.mark.parametrize("secret", SECRETS)
def test_it_is_not_serialised_compared_or_hashed(secret: Secret) -> None:  # type: ignore[type-arg]
    for attempt in (json.dumps, orjson.dumps, pickle.dumps, copy.deepcopy, hash, vars, lambda s: s == s.reveal()):
        with pytest.raises(TypeError):
            attempt(secret)


def test_it_is_compared_in_constant_time() -> None:
    assert Secret("hunter2").equals("hunter2")
    assert not Secret(b"hunter2").equals(b"hunter3")
