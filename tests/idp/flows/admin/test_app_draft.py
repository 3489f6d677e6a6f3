"""A few words become a registration: safe by default, by its kind, under an id of its own; what is weak is found."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import Conflict, Invalid
from idp.flows.admin import app_draft, clients
from idp.flows.admin.app_draft import Draft, Kind, id_of
from idp.flows.admin.client_secrets import holds
from idp.flows.admin.scope import OPERATOR
from idp.model import Client, Configuration, Text
from idp.oidc.profiles import needs_pkce
from idp.web.admin.app_page import findings
from tests.support.house import House

DRAFT = Draft("web", "Leave & Pay", "请假", "https://leave.example/back", "", "north")
EMPTY = Configuration(1, {}, {}, {}, ())


@pytest.mark.parametrize(
    ("kind", "method", "grants"),
    [
        ("web", "client_secret_basic", ("authorization_code", "refresh_token")),
        ("browser", "none", ("authorization_code", "refresh_token")),
        ("native", "none", ("authorization_code", "refresh_token")),
        ("machine", "client_secret_basic", ("client_credentials",)),
    ],
)
def test_each_kind_is_safe_by_default(house: House, kind: Kind, method: str, grants: tuple[str, ...]) -> None:
    draft = replace(DRAFT, kind=kind, name=f"Kind {kind}", audience=f"urn:example:kind-{kind}")
    if kind == "native":
        draft = replace(draft, address="gov.example.app:/back")
    client, secret = app_draft.register(house.idp, OPERATOR, draft, "asked")
    assert (client.auth_method, client.grant_types, client.profile) == (method, grants, "standard")
    assert not client.first_party
    assert not client.labels | client.shared_with | client.roles
    assert (secret is None) == client.is_public
    assert secret is None or holds(client, secret)
    assert app_draft.kind_of(client) == kind
    assert needs_pkce(client)
    assert findings(client) == ()
    if kind == "machine":
        assert (client.redirect_uris, client.scopes) == ((), ("kind-machine.use",))
    else:
        assert (client.redirect_uris, client.scopes) == ((draft.address,), ("openid", "profile"))


def test_a_draft_with_a_problem_is_not_registered(house: House) -> None:
    with pytest.raises(Invalid):
        app_draft.register(house.idp, OPERATOR, replace(DRAFT, name=""), "r")
    found = {
        one.where for one in app_draft.problems_of(house.idp, OPERATOR, Draft("", "", "", "", "", "", "!", grade=9))
    }
    assert found == {"kind", "name", "name_zh", "department", "id", "grade"}


@pytest.mark.parametrize(
    ("name", "id_"),
    [("Leave & Pay", "leave-pay"), ("  --Pay--  ", "pay"), ("工资", "app"), ("X", "app-x"), ("New", "new-2")],
)
def test_the_id_comes_of_the_name(name: str, id_: str) -> None:
    assert id_of(name, EMPTY) == id_


@given(st.text(max_size=120))
def test_an_id_is_always_one_and_never_taken(name: str) -> None:
    first = id_of(name, EMPTY)
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,62}", first)
    taken = replace(EMPTY, clients={first: Client(first, Text("T", "T"), "d", ())})
    assert id_of(name, taken) != first


def test_a_change_over_of_secrets(house: House) -> None:
    """New, both good, the older one dropped; nothing to drop after that."""
    client, first = app_draft.register(house.idp, OPERATOR, replace(DRAFT, name="Changing"), "r")
    second = clients.new_secret(house.idp, OPERATOR, client.id, "r")
    both = clients.get(house.idp, OPERATOR, client.id)
    assert first is not None
    assert holds(both, first)
    assert holds(both, second)
    assert findings(both) == ("app.finding.two-secrets",)
    clients.drop_older_secret(house.idp, OPERATOR, client.id, "r")
    one = clients.get(house.idp, OPERATOR, client.id)
    assert not holds(one, first)
    assert holds(one, second)
    with pytest.raises(Conflict):
        clients.drop_older_secret(house.idp, OPERATOR, client.id, "r")


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"profile": "compat"}, "app.finding.compat"),
        ({"profile": "compat"}, "app.finding.no-pkce"),
        ({"auth_method": "client_secret_post"}, "app.finding.secret-in-body"),
        ({"auth_method": "client_secret_jwt"}, "app.finding.secret-as-key"),
        ({"lenient_assertion_audience": True}, "app.finding.lenient"),
        ({"redirect_uris": ("http://localhost/back",)}, "app.finding.http"),
    ],
    ids=["compat", "no-pkce", "post", "jwt", "lenient", "http"],
)
def test_what_is_weak_is_found(change: dict[str, object], finding: str) -> None:
    client = Client("x", Text("X", "X"), "d", ("https://x.example/back",))
    assert finding not in findings(client)
    assert finding in findings(replace(client, **change))  # type: ignore[arg-type]
