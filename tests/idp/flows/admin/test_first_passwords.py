"""What `gerege admin bootstrap` makes in production is good once, for a while, and replaced by its owner."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from idp.authn.passwords import is_stale
from idp.flows.admin.bootstrap import bootstrap
from tests.support.house import House, house_in


def appointed(house: House, mode: Literal["production", "demonstration"]) -> list[dict[str, object]]:
    """The states of the three passwords."""
    idp = replace(house.idp, settings=house.idp.settings.model_copy(update={"mode": mode}))
    made = bootstrap(idp, {}, house.clock())
    assert all(one.password for one in made)
    return [dict(house.factors(one.subject, "password")[0].state) for one in made]


@pytest.mark.parametrize("mode", ["production", "demonstration"])
def test_first_passwords(tmp_path: Path, mode: Literal["production", "demonstration"]) -> None:
    with house_in(tmp_path) as house:
        states, now = appointed(house, mode), house.clock()
        assert len(states) == 3
        if mode == "demonstration":
            assert not any(one.get("due") or one.get("good_until") for one in states)
            return
        good = timedelta(hours=house.idp.settings.life.enrolment_code_hours)
        assert {one["due"] for one in states} == {"set"}
        assert not any(is_stale(one, now) for one in states)
        assert all(is_stale(one, now + good) for one in states)
