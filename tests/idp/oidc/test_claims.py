"""What userinfo says: the claims of the granted scopes and nothing else."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from idp.model import Subject, Text
from idp.oidc.claims import userinfo

ALICE = Subject(
    "s-1", "mof", Text("Alice Chen", "陈爱丽"), "alice@mof.example", ("alice",), clearance=3, language="zh-CN",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip


def test_claims_follow_scopes() -> None:
    assert userinfo(ALICE, ("openid",), "en") == {"sub": "s-1"}
    assert userinfo(ALICE, ("openid", "email"), "en") == {"sub": "s-1", "email": "alice@mof.example"}
    assert userinfo(ALICE, ("openid", "profile"), "en") == {
        "sub": "s-1", "name": "陈爱丽", "locale": "zh-CN", "name#en": "Alice Chen", "name#zh-Hans": "陈爱丽",
    }  # fmt: skip


@given(st.lists(st.sampled_from(["openid", "profile", "email", "payroll.read", "admin", "phone", "address"])))
def test_nothing_without_its_scope(scopes: list[str]) -> None:
    told = userinfo(ALICE, scopes, "en")
    assert ("email" in told) == ("email" in scopes)
    assert ("name" in told) == ("profile" in scopes)
    assert told.keys() <= {"sub", "name", "locale", "name#en", "name#zh-Hans", "email"}
