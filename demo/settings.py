"""What the demonstration tells the server: `gerege.toml`. The only place that knows the settings' names."""

import json
from pathlib import Path

from demo.doors import Doors


def toml(state_dir: Path, doors: Doors) -> str:
    """The server's settings for this state directory and these doors.

    The server listens on a unix socket and believes its peer there, which is the demonstration's proxy: nobody else can
    open a file in a directory of mode 0700.
    """
    tables: dict[str, dict[str, object]] = {
        "": {"mode": "demonstration", "departments_dir": str(state_dir / "departments")},
        "server": {
            "issuer": doors.issuer,
            "listen": f"unix:{server_socket(state_dir)}",
            "trusted_proxies": ["unix"],
            "extra_hosts": [f"127.0.0.1:{doors.gerege}"],
        },
        "stores": {
            "database": f"sqlite:///{state_dir / 'gerege.sqlite'}",
            "brief": "embedded",
            "state_dir": str(state_dir),
        },
        "keys": {
            "master_key_file": str(state_dir / "master.key"),
            "checkpoint_file": str(state_dir / "audit.checkpoint"),
        },
        # People appear when they sign in, as the stories tell it; `gerege sync DEPARTMENT` brings everybody.
        "sync": {"automatic": False},
        # Docs is for the office, which is this machine and stands in China; travellers are elsewhere.
        "risk": {"zones": {"office": ["127.0.0.0/8", "::1/128"]}, "private_country": "CN"},
        "outgoing": {
            "allowed": [
                {"host": "payroll.localhost", "port": doors.payroll, "http": True},
                {"host": "docs.localhost", "port": doors.docs, "http": True},
            ],
            "resolve": {"payroll.localhost": "127.0.0.1", "docs.localhost": "127.0.0.1"},
        },
    }
    return "\n".join(_table(name, rows) for name, rows in tables.items())


def server_socket(state_dir: Path) -> Path:
    """Where the server listens."""
    return state_dir / "server.sock"


def _table(name: str, rows: dict[str, object]) -> str:
    head = f"[{name}]\n" if name else ""
    return head + "".join(f"{key} = {_value(value)}\n" for key, value in rows.items())


def _value(value: object) -> str:
    """Strings, numbers, lists and tables of them; JSON strings are TOML basic strings."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(held)}" for key, held in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(_value(held) for held in value)}]"
    return json.dumps(value, ensure_ascii=False)
