"""Static files: hashed addresses, year-long caching, gzip where it is taken, nothing else served."""

import gzip
from pathlib import Path
from urllib.parse import unquote

import pytest

from idp.web.static_files import FOLDER, StaticFiles, static_file

FILES = StaticFiles()


@pytest.mark.parametrize("name", ["gerege.css", "passkey.js", "mark.svg"])
def test_a_file_is_served_with_its_type_forever(name: str) -> None:
    url = FILES.url(name)
    status, headers, body = FILES.answer(url)
    said = dict(headers)
    assert (status, body) == (200, (FOLDER / name).read_bytes())
    assert said["Cache-Control"] == "public, max-age=31536000, immutable"
    assert said["Content-Length"] == str(len(body))
    assert said["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in said


def test_a_small_file_may_be_its_own_address() -> None:
    kind, _, held = FILES.inline("mark.svg").partition(",")
    assert kind == "data:image/svg+xml"
    assert unquote(held).encode() == (FOLDER / "mark.svg").read_bytes()
    assert not set(held) & set("\"'<> ")


def test_gzip_only_where_it_is_taken() -> None:
    url = FILES.url("gerege.css")
    for accept in ("gzip", "br, GZIP;q=0.5", "deflate, gzip;q=1.0"):
        _, headers, body = FILES.answer(url, accept)
        assert dict(headers)["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == (FOLDER / "gerege.css").read_bytes()
    for accept in ("", "br", "gzip;q=0", "gzip; q=0.0", "notgzip"):
        assert "Content-Encoding" not in dict(FILES.answer(url, accept)[1])


@pytest.mark.parametrize(
    "path",
    ["/static/gerege.css", "/static/../render.py", "/static/..%2frender.py", "/static/",
    "/static/gerege.000000000000.css", "", "/etc/passwd",
     "/static/gerege.css\x00"],
)  # fmt: skip
def test_nothing_else_is_served(path: str) -> None:
    assert static_file(path)[0] == 404
    assert static_file(path)[2] == b""


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    before = StaticFiles(tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("b")
    assert StaticFiles(tmp_path).url("a.css") != before


def test_only_known_kinds_are_taken(tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text("a")
    with pytest.raises(KeyError):
        StaticFiles(tmp_path).url("secret.toml")


def test_scripts_and_style_stay_small() -> None:
    scripts = b"".join(path.read_bytes() for path in FOLDER.glob("*.js"))
    assert len(gzip.compress(scripts, 9)) <= 6_000
    assert len(gzip.compress((FOLDER / "gerege.css").read_bytes(), 9)) <= 9_000


def test_scripts_use_nothing_that_trusted_types_stop() -> None:
    for path in FOLDER.glob("*.js"):
        text = path.read_text("utf-8")
        for forbidden in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "DOMParser",
            "http://",
            "https://",
        ):
            assert forbidden not in text, (path.name, forbidden)
