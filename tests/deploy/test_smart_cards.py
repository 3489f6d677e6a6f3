"""A person's smart card through a real nginx, set up as it is shipped: TLS proves the key, we look at the rest."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deploy.edge import MTLS, NAME, edge
from tests.deploy.test_edge_and_server import SETTINGS
from tests.support.cards import CardAuthority
from tests.support.house import RelyingParty
from tests.support.server import served


@pytest.mark.ci
def test_a_card_signs_its_person_in_through_nginx(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    state = CardAuthority(now)
    for name, octets in (("ca.pem", state.pem), ("root.crl", state.root_list(now)), ("cards.crl", state.lists(now))):
        (tmp_path / name).write_bytes(octets)
    server: dict[str, object] = {"issuer": f"https://{NAME}", **SETTINGS["nginx"]}
    cards: dict[str, object] = {
        "ca_file": str(tmp_path / "ca.pem"),
        "mtls_url": f"https://{MTLS}",
        "crl_files": [str(tmp_path / "root.crl"), str(tmp_path / "cards.crl")],
        "mapping": {"local": "san-email"},
    }
    (tmp_path / "edge").mkdir()
    with (
        served(server=server, certificates=cards) as behind,
        edge("nginx", tmp_path / "edge", behind.node.port) as front,
    ):
        behind.house.person("anna", "x" * 15, roles=("payroll-clerk",))
        kept: dict[str, str] = {}

        def get(url: str, name: str, card: tuple[Path, Path] | None = None) -> tuple[int, str, str]:
            parts = urlsplit(url)
            jar = {"Cookie": "; ".join(f"{key}={value}" for key, value in kept.items())} if name == NAME else {}
            answer, body = front.ask(f"{parts.path}?{parts.query}", name=name, client=card, headers=jar)
            for line in answer.headers.get_all("Set-Cookie", []):
                key, _, value = line.partition(";")[0].partition("=")
                kept[key] = value
            return answer.status, answer.headers.get("Location", ""), body.decode()

        def sign_in(card: tuple[Path, Path] | None) -> str:
            """Where the browser ends."""
            kept.clear()
            _, first, _ = get(RelyingParty(behind.house).start("openid payroll.read"), NAME)
            get(first, NAME)
            query = urlsplit(first).query
            status, back, _ = get(f"/sign-in/certificate/card?{query}", MTLS, card)
            assert (status, urlsplit(back).hostname) == (303, NAME)
            return get(back, NAME)[1]

        (tmp_path / "anna").mkdir()
        (tmp_path / "other").mkdir()
        mine = state.card(email="anna@local.example").files(tmp_path / "anna")
        other = CardAuthority(now, "Another State").card(email="anna@local.example").files(tmp_path / "other")
        assert sign_in(mine).startswith("https://payroll.example/callback?code=")
        assert urlsplit(sign_in(other)).path == "/sign-in/certificate"
        assert urlsplit(sign_in(None)).path == "/sign-in/certificate"
