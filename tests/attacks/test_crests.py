"""A crest that is more than a picture never comes in; what is served could do nothing if it did."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.connectors import WrongFile
from adapters.connectors.crest import GREATEST_OCTETS, WrongCrest, clean
from adapters.connectors.department_file import load_department
from idp.flows.admin import departments
from idp.flows.admin.scope import OPERATOR
from idp.web.crests import crest_of
from tests.support.house import House, house_in

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"'
EVIL = {
    "script": f"{HEAD}><script>alert(1)</script></svg>",
    "script-of-html": f'{HEAD}><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script></svg>',
    "shape-of-html": f'{HEAD}><path xmlns="http://www.w3.org/1999/xhtml" d="M0 0"/></svg>',
    "root-of-html": '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
    "no-namespace": '<svg viewBox="0 0 9 9"><path d="M0 0"/></svg>',
    "onload": f'{HEAD} onload="alert(1)"/>',
    "onclick": f'{HEAD}><path onclick="alert(1)" d="M0 0"/></svg>',
    "event-in-capitals": f'{HEAD}><path onCLICK="alert(1)" d="M0 0"/></svg>',
    "link": f'{HEAD}><a href="https://evil.example/"><path d="M0 0"/></a></svg>',
    "href": f'{HEAD}><path href="https://evil.example/" d="M0 0"/></svg>',
    "xlink": f'{HEAD}><path xlink:href="javascript:alert(1)" d="M0 0"/></svg>',
    "use": f'{HEAD}><use href="https://evil.example/a.svg#b"/></svg>',
    "image": f'{HEAD}><image href="https://evil.example/pixel"/></svg>',
    "image-of-bytes": f'{HEAD}><image href="data:image/svg+xml;base64,PHN2Zz4="/></svg>',
    "foreign-object": f'{HEAD}><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>',
    "style-element": f"{HEAD}><style>@import 'https://evil.example/a.css';</style></svg>",
    "style-attribute": f'{HEAD}><path style="fill:url(https://evil.example/)" d="M0 0"/></svg>',
    "class": f'{HEAD}><path class="x" d="M0 0"/></svg>',
    "fill-url": f'{HEAD}><path fill="url(https://evil.example/#a)" d="M0 0"/></svg>',
    "fill-url-here": f'{HEAD}><path fill="url(#a)" d="M0 0"/></svg>',
    "fill-url-escaped": f'{HEAD}><path fill="&#117;rl(https://evil.example/)" d="M0 0"/></svg>',
    "transform-url": f'{HEAD}><path transform="url(x)" d="M0 0"/></svg>',
    "colour-of-script": f'{HEAD}><path fill="javascript:alert(1)" d="M0 0"/></svg>',
    "broken-out": f'{HEAD}><path fill="red&quot; onload=&quot;alert(1)" d="M0 0"/></svg>',
    "path-of-words": f'{HEAD}><path d="M0 0&lt;script&gt;"/></svg>',
    "animate": f'{HEAD}><animate attributeName="href" to="javascript:alert(1)"/></svg>',
    "set": f'{HEAD}><set attributeName="onload" to="alert(1)"/></svg>',
    "filter": f'{HEAD}><filter id="a"/></svg>',
    "id": f'{HEAD}><path id="username" d="M0 0"/></svg>',
    "text": f"{HEAD}>Sign in here</svg>",
    "text-element": f'{HEAD}><text x="0" y="1">Sign in here</text></svg>',
    "svg-in-svg": f"{HEAD}>{HEAD}/></svg>",
    "element-in-title": f"{HEAD}><title><path d='M0 0'/></title></svg>",
    "attribute-of-title": f'{HEAD}><title onclick="alert(1)">x</title></svg>',
    "no-view-box": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "doctype": f"<!DOCTYPE svg>{HEAD}/>",
    "entity": f'<!DOCTYPE svg [<!ENTITY a "b">]>{HEAD}><title>&a;</title></svg>',
    "entity-outside": f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{HEAD}><title>&a;</title></svg>',
    "many-laughs": '<!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>' + f"{HEAD}>&b;</svg>",
    "unknown-entity": f"{HEAD}><title>&a;</title></svg>",
    "style-sheet": f'<?xml-stylesheet href="https://evil.example/a.css"?>{HEAD}/>',
    "cdata": f"{HEAD}><title><![CDATA[<script>alert(1)</script>]]></title></svg>",
    "not-closed": f"{HEAD}><path d='M0 0'>",
    "not-xml": "GIF89a",
    "nothing": "",
    "two-roots": f"{HEAD}/>{HEAD}/>",
    "deep": HEAD + ">" + "<g>" * 40 + "</g>" * 40 + "</svg>",
}


@pytest.mark.parametrize("name", EVIL)
def test_it_is_refused_with_a_word_for_its_operator(name: str) -> None:
    with pytest.raises(WrongCrest) as refused:
        clean(EVIL[name].encode())
    assert refused.value.told and refused.value.fix


@pytest.mark.parametrize("coding", ["utf-16", "utf-7", "utf-32"])
def test_another_encoding_hides_nothing(coding: str) -> None:
    """Whatever the file says of itself, it is read as UTF-8; what is written has no declaration to lie with."""
    with pytest.raises(WrongCrest):
        clean((f'<?xml version="1.0" encoding="{coding}"?>' + EVIL["script"]).encode(coding))
    with pytest.raises(WrongCrest):
        clean(f'<?xml version="1.0" encoding="{coding}"?>{EVIL["script"]}'.encode())


def test_a_large_one_is_refused_before_it_is_read() -> None:
    with pytest.raises(WrongCrest, match="larger than 16 KiB"):
        clean(f"{HEAD}>{' ' * GREATEST_OCTETS}</svg>".encode())


@pytest.mark.parametrize("name", ["../crest.svg", "/etc/passwd", "sub/crest.svg", "crest.png", "..", "none.svg"])
def test_only_a_file_beside_the_department_s_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "crest.svg").write_text(f"{HEAD}/>")
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub" / "one.toml"
    file.write_text(f'id = "one"\nname = "One"\nname_zh = "一"\nconnector = "local"\ncrest = "{name}"\n')
    with pytest.raises(WrongFile) as refused:
        load_department(file)
    problem = refused.value.problems[0]
    assert (problem.file, problem.line, problem.key) == (str(file), 5, "crest") and problem.fix


def test_comments_prefixes_and_words_are_not_kept() -> None:
    drawn = f'{HEAD}><!-- <script>x</script> --><title>&lt;script&gt;</title><path d="M0 0\n9 9"/></svg>'
    assert (
        clean(drawn.encode())
        == '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0 9 9"></path></svg>'
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


def test_what_is_served_can_do_nothing_by_itself(house: House) -> None:
    """Opened as a page of its own too: no script, no style, nothing fetched, an origin that has no cookies."""
    idp = house.idp
    one = idp.department("local")
    assert one is not None
    shown = replace(one, settings={**one.settings, "crest": clean(f'{HEAD}><path d="M0 0h9v9"/></svg>'.encode())})
    departments.put(idp, OPERATOR, [shown], "a crest")
    found = house.http().get(crest_of(shown) or "", base_url="https://id.example")
    assert found.status_code == 200 and found.content_type == "image/svg+xml"
    policy = found.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert found.headers["X-Content-Type-Options"] == "nosniff" and "Set-Cookie" not in found.headers
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["", "x.svg", "../static/mark.svg", "%2e%2e/etc/passwd", "0" * 24 + ".svg"])
def test_nothing_but_crests_in_force_is_there(house: House, path: str) -> None:
    assert house.http().get(f"/crests/{path}", base_url="https://id.example").status_code == 404
