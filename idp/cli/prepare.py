"""Everything that must be there before the first request: departments, the console, a key to sign with.

Called by `gerege serve` before its workers, and by tests. Each step finds its work done the second time.
"""

from pathlib import Path
from urllib.parse import urlsplit

from adapters.connectors import Problem, WrongFile
from adapters.connectors.department_file import load_department
from config.settings import Settings
from idp.flows import keys
from idp.flows.admin import console_client, departments
from idp.flows.admin.clients import CERTIFICATION
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.model import Department


def prepare(idp: Idp) -> None:
    """Raises WrongFile, Invalid: a department's file, each problem with its place."""
    departments.put(idp, OPERATOR, read_departments(idp.settings), "from its file, at start")
    local = departments.ensure_local(idp, OPERATOR)
    console_client.ensure(idp, local.id)
    keys.ensure_signing_key(idp)


def read_departments(settings: Settings) -> list[Department]:
    """The departments of the settings' folder. Raises WrongFile with the problems of all files."""
    folder = settings.departments_dir
    if folder is None:
        return []
    if not folder.is_dir():
        fix = "make the folder, or correct the setting"
        raise WrongFile((Problem(str(folder), 1, "departments_dir", "is not a folder", fix),))
    found, problems = [], list[Problem]()
    for path in sorted(folder.glob("*.toml")):
        try:
            found.append(load_department(path).department)
        except WrongFile as wrong:
            problems += wrong.problems
    if problems:
        raise WrongFile(tuple(problems))
    return found


def demonstration_problems(settings: Settings) -> list[str]:
    """A demonstration that strangers could reach is none."""
    if settings.mode != "demonstration":
        return []
    issuer, problems = urlsplit(settings.server.issuer), []
    host = issuer.hostname or ""
    if not host:
        problems.append("server.issuer: is missing; a demonstration uses http://localhost:8000")
    elif issuer.scheme == "http" and not _is_loopback(host):
        problems.append(f"server.issuer: http is for this machine only, {host} is not; use https or localhost")
    listen = settings.server.listen
    if not listen.startswith("unix:") and not _is_loopback(address_of(listen)[0]):
        problems.append(f"server.listen: a demonstration listens on 127.0.0.1 only, not on {listen}")
    return problems


def certification_problems(idp: Idp) -> list[str]:
    """Applications whose rules are for certification runs: in production nobody is let in by them."""
    if idp.settings.mode != "production":
        return []
    clients = idp.ports.truth.configuration().clients.values()
    return [
        f"application {one.id}: is of a plan for certification runs, which production never serves; "
        f"`gerege client remove {one.id}`, or take a database of its own for the runs"
        for one in clients
        if CERTIFICATION in one.labels and not one.disabled
    ]


def address_of(listen: str) -> tuple[str, int]:
    """`host:port`. Raises ValueError."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"server.listen: {listen!r} is neither host:port nor unix:/path")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  an empty host means every address, as it says


def socket_of(listen: str) -> Path | None:
    """The unix socket's path, if that is how the server listens."""
    return Path(listen.removeprefix("unix:")) if listen.startswith("unix:") else None


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
