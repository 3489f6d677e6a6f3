"""What conformance runs need: a plan that applies, a hook that speaks, an API that believes bound tokens alone."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.plan import load_plan
from certification.__main__ import application, main
from certification.bank import AUDIENCE
from certification.prepare import PEOPLE, PLAN, SUITE, write
from config.settings import Settings
from idp.cli.prepare import certification_problems
from idp.errors import Invalid
from idp.flows.admin import clients
from idp.flows.admin.apply import WrongPlan, apply
from idp.flows.admin.plan import problems_of
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp, hash_of
from idp.model import AAL1, BackchannelRequest
from idp.oidc.claims import MEMBERS
from tests.support.house import House, house_in
from tests.support.tokens import Reply


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("run")
    write(made)
    return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        apply(found.idp, OPERATOR, load_plan([folder / "plan.toml"], {}).plan, "a run", found.clock())
        yield found


def production(idp: Idp) -> Idp:
    return replace(idp, settings=idp.settings.model_copy(update={"mode": "production"}))


def call(idp: Idp, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Reply:
    where, _, query = path.partition("?")
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": where, "QUERY_STRING": query}
    environ |= {"REMOTE_ADDR": "127.0.0.1", "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
    found: list[Any] = []
    answer = b"".join(application(idp)(environ, lambda *said: found.extend(said)))  # type: ignore[arg-type]
    return Reply(int(found[0].split()[0]), dict(found[1]), answer)


def asked(house: House, client_id: str = "ciba-1", subject: str = "anna") -> str:
    """A request that waits, as /bc-authorize keeps it."""
    idp = house.idp
    person = idp.ports.truth.people.find(subject, "certification")
    assert person is not None
    value = secrets.token_urlsafe(32)
    request = BackchannelRequest(
        id=idp.id("ask"),
        client_id=client_id,
        subject_id=person.id,
        scopes=("openid", "accounts"),
        audience=AUDIENCE,
        expires_at=idp.ports.now() + timedelta(minutes=5),
        interval=5,
        binding_message=None,
        acr_values=(),
    )
    idp.ports.brief.keep(hash_of(value), request, timedelta(minutes=5), owner=person.id)
    return value


def state(house: House, value: str) -> str:
    kept = house.idp.ports.brief.kept(BackchannelRequest, hash_of(value))
    assert kept is not None
    return kept.state


def test_a_prepared_folder_is_whole_and_made_once(folder: Path, house: House) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*.secret"))
    told = json.loads((folder / "suite.json").read_text())
    registered = house.idp.ports.truth.configuration().clients
    planned = [one.client.id for one in load_plan([folder / "plan.toml"], {}).plan.clients]
    assert set(told) == {*planned, *PEOPLE}
    assert all("certification" in registered[name].labels and registered[name].always_consent for name in planned)
    assert not any(registered[name].first_party for name in planned)


def test_another_suite_and_alias(tmp_path: Path) -> None:
    write(tmp_path, "https://www.certification.openid.net", "mine")
    text = (tmp_path / "plan.toml").read_text()
    assert SUITE in PLAN.read_text()
    assert SUITE not in text
    assert "https://www.certification.openid.net/test/a/mine/callback" in text


def test_two_people_have_every_claim_of_the_standard(house: House) -> None:
    every = {name for names in MEMBERS.values() for name in names} - {"name", "locale", "email"}
    for name in PEOPLE:
        person = house.idp.ports.truth.people.find(name, "certification")
        assert person is not None
        assert set(person.claims) == every
        assert person.mail


def test_production_refuses_to_load_it_to_serve_it_and_to_label_by_hand(house: House, folder: Path) -> None:
    strict = production(house.idp)
    plan = load_plan([folder / "plan.toml"], {}).plan
    assert "purpose" in {one.place for one in problems_of(strict, plan)}
    with pytest.raises(WrongPlan):
        apply(strict, OPERATOR, plan, "no", house.clock())
    problems = certification_problems(strict)
    assert len(problems) == len(plan.clients)
    assert "production never serves" in problems[0]
    assert certification_problems(house.idp) == []
    with pytest.raises(Invalid, match="never for production"):
        clients.put(strict, OPERATOR, clients.get(strict, OPERATOR, "basic-1"), (), "by hand")
    settings = Settings()
    assert settings.mode == "production"


def test_it_does_not_run_beside_production(tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text('mode = "production"\n')
    said = CliRunner().invoke(main, ["serve", "--config", str(tmp_path / "g.toml")])
    assert said.exit_code == 1
    assert "never runs beside production" in said.output


@pytest.mark.parametrize(("action", "then"), [("allow", "approved"), ("approve", "approved"), ("deny", "denied")])
def test_the_hook_answers_for_the_person_who_is_asked(house: House, action: str, then: str) -> None:
    value = asked(house)
    assert call(house.idp, "POST", f"/certification/approve?auth_req_id={value}&action={action}").status == 200
    assert state(house, value) == then


def test_the_hook_answers_for_nobody_else(house: House) -> None:
    value = asked(house)
    for wrong in (f"{value}&action=maybe", "unknown&action=allow", "&action=allow", f"{value}"):
        assert call(house.idp, "POST", f"/certification/approve?auth_req_id={wrong}").status == 400
    assert call(house.idp, "GET", f"/certification/approve?auth_req_id={value}&action=allow").status == 405
    assert state(house, value) == "pending"
    foreign = asked(house, client_id="payroll")
    assert call(house.idp, "POST", f"/certification/approve?auth_req_id={foreign}&action=allow").status == 400
    assert state(house, foreign) == "pending"


def test_what_was_approved_is_of_a_password_alone(house: House) -> None:
    value = asked(house)
    call(house.idp, "POST", f"/certification/approve?auth_req_id={value}&action=allow")
    kept = house.idp.ports.brief.kept(BackchannelRequest, hash_of(value))
    assert kept is not None
    grant = house.idp.ports.truth.grants.get(kept.grant_id or "")
    assert grant is not None
    assert (grant.acr, grant.client_id, grant.scopes) == (AAL1, "ciba-1", ("openid", "accounts"))


def test_the_api_believes_no_stranger_and_names_the_call(house: House) -> None:
    name = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a"
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "DPoP x"}):
        refused = call(house.idp, "GET", "/certification/accounts", {**headers, "x-fapi-interaction-id": name})
        assert refused.status == 401
        assert refused.headers["x-fapi-interaction-id"] == name
        assert "DPoP" in refused.headers["WWW-Authenticate"]
    assert call(house.idp, "GET", "/certification/else").status == 400
