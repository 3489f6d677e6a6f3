"""Settings of a production server on loopback, as tests write them."""

import json
import socket
from pathlib import Path

from tests.support.browser import ISSUER


def production(folder: Path, port: int, **more: dict[str, object]) -> dict[str, dict[str, object]]:
    """Settings of a production server behind a proxy on this machine. `more`: tables laid over these."""
    tables: dict[str, dict[str, object]] = {
        "server": {
            "issuer": ISSUER,
            "listen": f"127.0.0.1:{port}",
            "workers": 2,
            "trusted_proxies": ["127.0.0.1/32"],
        },
        "stores": {"database": f"sqlite:///{folder}/gerege.sqlite", "brief": "embedded", "state_dir": str(folder)},
        "keys": {
            "master_key_file": str(folder / "master.key"),
            "checkpoint_file": str(folder / "audit.checkpoint"),
        },
        "risk": {"zones": {"office": ["10.0.0.0/8"]}},
    }
    return {name: tables.get(name, {}) | more.get(name, {}) for name in tables | more}


def toml(tables: dict[str, dict[str, object]]) -> str:
    """TOML of tables of strings, numbers, lists and inline tables."""
    lines = []
    for name, rows in tables.items():
        lines += [f"[{name}]" if name else "", *(f"{key} = {_value(value)}" for key, value in rows.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(held)}" for key, held in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
