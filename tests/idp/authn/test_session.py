"""How long a session lives, and everything that ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.settings import Life
from idp.authn.session import State, is_dead, limits, state
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3, Session, Subject, Text

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALICE = Subject("sub_alice", "mof", Text("Alice", "爱丽丝"), None, ("alice",))
SESSION = Session(
    id_hash="h",
    sid="sid",
    subject_id=ALICE.id,
    post_id="post",
    created_at=NINE,
    authenticated_at=NINE,
    last_seen_at=NINE,
    expires_at=NINE + timedelta(hours=8),
    idle_limit=timedelta(hours=1),
    proofs=(),
    acr=AAL2,
    amr=(),
    device_hash=None,
    network="n",
    country=None,
    asn=None,
)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("acr", "absolute", "idle"),
    [(AAL1, 24, 720), (AAL2, 20, 60), (AAL2_PHR, 20, 60), (AAL3, 12, 15), ("", 24, 720), ("urn:x", 24, 720)],
)
def test_limits_by_level(acr: str, absolute: int, idle: int) -> None:
    assert limits(acr, (24, 20, 12), (720, 60, 15)) == (timedelta(hours=absolute), timedelta(minutes=idle))


@pytest.mark.parametrize(
    ("session", "subject", "now", "told"),
    [
        (SESSION, ALICE, NINE + timedelta(hours=1) - SECOND, "live"),
        (SESSION, ALICE, NINE + timedelta(hours=1), "idle"),
        (
            replace(SESSION, last_seen_at=NINE + timedelta(hours=7, minutes=30)),
            ALICE,
            NINE + timedelta(hours=8),
            "over",
        ),
        (replace(SESSION, ended_at=NINE), ALICE, NINE, "ended"),
        (SESSION, None, NINE, "dead"),
        (SESSION, replace(ALICE, id="sub_bob"), NINE, "dead"),
        (SESSION, replace(ALICE, disabled=True), NINE, "dead"),
        (SESSION, replace(ALICE, ended_before=NINE), NINE, "dead"),
        (SESSION, replace(ALICE, ended_before=NINE - SECOND), NINE, "live"),
    ],
)
def test_only_live_is_good(session: Session, subject: Subject | None, now: datetime, told: State) -> None:
    assert state(session, subject, now) == told


def test_what_began_at_the_moment_of_ending_is_dead() -> None:
    ended = replace(ALICE, ended_before=NINE)
    assert is_dead(ended, NINE)
    assert not is_dead(ended, NINE + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("acr", "overall", "idle"),
    [
        ("urn:gerege:aal1", timedelta(days=30), timedelta(days=30)),
        ("urn:gerege:aal2", timedelta(hours=24), timedelta(hours=1)),
        ("urn:gerege:aal2-phr", timedelta(hours=24), timedelta(hours=1)),
        ("urn:gerege:aal3", timedelta(hours=12), timedelta(minutes=15)),
    ],
)
def test_what_is_set_by_default_keeps_nist_s_limits(acr: str, overall: timedelta, idle: timedelta) -> None:
    """NIST SP 800-63B-4 §2.1.3, §2.2.3, §2.3.3."""
    life = Life()
    found = limits(acr, life.session_hours, life.session_idle_minutes)
    assert found[0] <= overall and found[1] <= idle
