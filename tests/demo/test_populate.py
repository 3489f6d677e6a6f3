"""`make populate`: a government of a size, grown in steps, through the product's own flows."""

from pathlib import Path

from config.load import load
from demo import populate, settings
from demo.doors import choose
from idp.app import build
from idp.flows.admin import departments, people
from idp.flows.admin.scope import OPERATOR

HOUSES = Path(populate.__file__).parent / "departments"


def prepared(state_dir: Path) -> Path:
    """A state as a first start leaves it, of people who are kept here."""
    (state_dir / "departments").mkdir()
    (state_dir / "departments" / "local.toml").write_bytes((HOUSES / "local.toml").read_bytes())
    chosen, _ = choose(state_dir / "ports.json")
    (state_dir / "gerege.toml").write_text(settings.toml(state_dir, chosen), encoding="utf-8")
    return state_dir


def test_it_grows_to_what_is_asked_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    state_dir = prepared(tmp_path)
    assert populate.main(state_dir, people=120, many=40) == 0
    assert populate.main(state_dir, people=250, many=40) == 0
    assert populate.main(state_dir, people=250, many=40) == 0
    idp = build(load(state_dir / "gerege.toml"))
    try:
        tree = departments.tree(idp, OPERATOR)
        ours = [one for one in tree if one.department.id != "local"]
        assert len(ours) == 40 and sum(one.people for one in ours) == 250
        assert {one.department.level for one in ours} == {"country", "province"}
        office = next(one.department for one in ours if one.depth)
        found = people.search(idp, OPERATOR, "", office.id)
        who = found.people[0]
        assert who.mail is not None and people.resolve(idp, OPERATOR, who.mail, idp.ports.now()) == who
        assert who.display_name.zh and who.display_name.zh != who.display_name.en
        while idp.ports.truth.audit.sequence():
            pass
        logged = [one for one in idp.ports.truth.audit.rows() if one.name == "person.added"]
        assert len(logged) == 250
    finally:
        idp.ports.close()


def test_nothing_is_there_to_grow(tmp_path: Path) -> None:
    assert populate.main(tmp_path) == 1
