"""What the doctor looks at: one function for each thing, each line with its fix. Nothing here changes anything.

A check that cannot even look is a red line itself; it never hides the checks after it.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from adapters.connectors import WrongFile
from adapters.master_key import SealingError
from adapters.redis import embedded
from adapters.redis.client import connect_redis
from config.load import SettingsError, production_problems
from config.settings import Settings
from idp.app import RULES
from idp.authn.throttle import password_buckets
from idp.cli.audit import checked, opened
from idp.cli.prepare import certification_problems, demonstration_problems, read_departments
from idp.cli.terminal import WRONGS, Terminal, house
from idp.errors import Unavailable
from idp.flows import keys
from idp.flows.admin import departments
from idp.flows.built_in import CONSOLE_ID
from idp.flows.context import Idp
from idp.model import ADMINISTRATOR_ROLES, Department
from policies.examples import run

State = Literal["ok", "warn", "fail"]
CERTIFICATE_SOON = timedelta(days=30)
KEY_OLD = timedelta(days=365)
TIME_ERROR = 5
TIMEX_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `fix` says how to mend it."""

    check: str
    state: State
    told: str
    fix: str = ""


def examine(terminal: Terminal) -> list[Line]:
    """Every line, in the order in which things need each other."""
    lines = [clock()]
    try:
        settings = terminal.settings()
    except SettingsError as error:
        return [*lines, *(Line("settings", "fail", problem, "correct that line") for problem in error.problems)]
    lines += _settings(settings)
    lines += _guarded("audit log", lambda: _audit(settings))
    try:
        idp = house(settings)
    except (*WRONGS, Unavailable) as error:
        return [*lines, _failure("house", error)]
    try:
        for name, look in (
            ("short-lived store", lambda: _brief(settings, idp)),
            ("database", lambda: _database(idp)),
            ("policies", lambda: _policies(idp)),
            ("signing keys", lambda: _keys(idp, idp.ports.now())),
            ("administrators", lambda: _administrators(idp, idp.ports.now())),
            ("letters", lambda: _letters(idp)),
            ("certification", lambda: _certification(idp)),
            ("department files", lambda: _files(settings)),
            ("departments", lambda: _departments(idp, idp.ports.now())),
        ):
            lines += _guarded(name, look)
    finally:
        idp.ports.close()
    return lines


def _certification(idp: Idp) -> Iterator[Line]:
    for problem in certification_problems(idp):
        yield Line("certification", "fail", problem)


def _guarded(name: str, look: Callable[[], Iterator[Line]]) -> list[Line]:
    try:
        return list(look())
    except (*WRONGS, Unavailable) as error:
        return [_failure(name, error)]


def _failure(name: str, error: Exception) -> Line:
    if isinstance(error, SealingError):
        return Line("master key", "fail", error.problem, error.fix)
    if isinstance(error, Unavailable):
        return Line(name, "fail", f"{error.what} is away: {error.detail}", "start it, or correct its setting")
    return Line(name, "fail", str(error), "correct what it names")


def clock() -> Line:
    """Codes of authenticator apps and tokens live by the clock."""
    if sys.platform != "linux":
        return Line("clock", "warn", "cannot be asked on this system", "keep it set by NTP")
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    if state == TIME_ERROR:
        return Line("clock", "warn", "the kernel says that nothing keeps it right", "run chrony or systemd-timesyncd")
    return Line("clock", "ok", "kept by NTP")


def _settings(settings: Settings) -> Iterator[Line]:
    problems = production_problems(settings) + demonstration_problems(settings)
    for problem in problems:
        where, _, told = problem.partition(": ")
        yield Line("settings", "fail", f"{where}: {told}", f"set {where} as it says")
    if not problems:
        yield Line("settings", "ok", f"{settings.mode}, {settings.server.issuer}")


def _audit(settings: Settings) -> Iterator[Line]:
    with opened(settings) as truth:
        yield Line("master key", "ok", f"opens the database ({settings.keys.master_key_file})")
        report = checked(truth, settings)
        waiting = settings.keys.checkpoint_file.exists()
    for finding in report.findings[:5]:
        fix = "keep a copy of the database as evidence, then restore it; see `gerege audit verify`"
        yield Line("audit log", "fail", str(finding), fix)
    if report.ok:
        yield Line("audit log", "ok", f"{report.rows} rows, all of them signed for")
    if report.size and not waiting:
        told = f"{settings.keys.checkpoint_file} is missing: a log that was cut would not show"
        yield Line("audit log", "warn", told, "let the server run, and copy that file off this machine")


def _brief(settings: Settings, idp: Idp) -> Iterator[Line]:
    idp.ports.brief.ping()
    if settings.stores.brief == "embedded":
        url = embedded.start(settings.stores.state_dir).url
    else:
        url = settings.stores.brief
    client = connect_redis(url)
    try:
        # What must not be forgotten lives there for its short life: a full store refuses, it does not forget.
        found = client.config_get("maxmemory-policy")
        evicting = {str(value) for value in found.values()} - {"noeviction", "b'noeviction'"}
    except Exception as error:
        yield Line(
            "short-lived store", "warn", f"may not be asked for its eviction: {type(error).__name__}", "check it"
        )
        return
    finally:
        client.close()
    if evicting:
        fix = "CONFIG SET maxmemory-policy noeviction, and in its configuration file"
        yield Line("short-lived store", "fail", f"forgets when full ({', '.join(sorted(evicting))})", fix)
    else:
        yield Line("short-lived store", "ok", "answers, forgets nothing when full")


def _database(idp: Idp) -> Iterator[Line]:
    idp.ports.truth.ping()
    kind = idp.settings.stores.database.partition(":")[0]
    yield Line("database", "ok", f"{kind}, can be written, schema of this version")


def _policies(idp: Idp) -> Iterator[Line]:
    folder = idp.settings.policies_dir or RULES
    yield Line("policies", "ok", f"{len(idp.policies.book.rules)} rules, version {idp.policies.version[:12]}")
    if not (folder / "cast.toml").exists():
        return
    for one in run(folder, idp.policies):
        if one.wrong:
            yield Line(
                "policies", "fail", f"{one.file}: {one.name}: {one.wrong[0]}", "`gerege policy check` tells more"
            )


def _keys(idp: Idp, now: datetime) -> Iterator[Line]:
    if not keys.listed(idp):
        yield Line("signing keys", "warn", "there is none yet", "start the server once")
        return
    for alg in keys.offered(idp):
        current = keys.signing_key(idp, now, alg)
        if now - current.active_from > KEY_OLD:
            fix = f"`gerege keys rotate --alg {alg}`"
            yield Line("signing keys", "warn", f"{current.kid} ({alg}) signs for more than a year", fix)
        else:
            yield Line("signing keys", "ok", f"{current.kid} ({alg})")


def _administrators(idp: Idp, now: datetime) -> Iterator[Line]:
    missing = [role for role in ADMINISTRATOR_ROLES if not idp.ports.truth.people.holders(role, now)]
    if len(missing) == len(ADMINISTRATOR_ROLES):
        yield Line("administrators", "warn", "there are none yet", "`gerege admin bootstrap` appoints the first three")
    elif missing:
        yield Line("administrators", "warn", f"nobody is {', '.join(missing)}", "give the role in the console")
    else:
        yield Line("administrators", "ok", "all three roles are held")
    if CONSOLE_ID not in idp.ports.truth.configuration().clients:
        yield Line("console", "warn", "is not registered yet", "start the server once")


def _letters(idp: Idp) -> Iterator[Line]:
    waiting = idp.ports.truth.notices.waiting()
    if not idp.settings.mail.server and idp.settings.mode == "production":
        yield Line("letters", "warn", "nobody is told of changes: there is no mail server", "set mail.server")
    elif waiting:
        yield Line("letters", "warn", f"{waiting} wait for the mail server", "look at mail.server and its log")
    else:
        yield Line("letters", "ok", "none waits")


def _files(settings: Settings) -> Iterator[Line]:
    try:
        found = read_departments(settings)
    except WrongFile as wrong:
        for problem in wrong.problems:
            yield Line(
                "department files", "fail", f"{problem.file}:{problem.line}: {problem.key}: {problem.told}", problem.fix
            )
        return
    yield Line("department files", "ok", f"{len(found)} can be read")


def _departments(idp: Idp, now: datetime) -> Iterator[Line]:
    for one in idp.ports.truth.configuration().departments.values():
        if one.connector not in (None, "local"):
            yield from _department(idp, one, now)


def _department(idp: Idp, one: Department, now: datetime) -> Iterator[Line]:
    health = departments.ask(idp, one)
    name = f"directory {one.id}"
    if health is None or not health.up:
        told = health.error if health is not None and health.error else "does not answer"
        yield Line(name, "fail", told, "mend what it names; everybody else goes on meanwhile")
        return
    yield Line(name, "ok", f"answers in {health.latency.total_seconds() * 1000:.0f} ms")
    if health.certificate_expires is not None and health.certificate_expires - now < CERTIFICATE_SOON:
        yield Line(name, "warn", f"its certificate ends {health.certificate_expires:%Y-%m-%d}", "renew it there")
    connector = idp.ports.directories.of(one)
    yield _budgets(idp, name, connector.lockout_threshold() if connector else None)


def _budgets(idp: Idp, name: str, threshold: int | None) -> Line:
    """Whether guesses through us stay below the number at which the directory locks an account."""
    rules = idp.settings.guessing
    bursts = (rules.stranger_burst, rules.known_burst, rules.network_burst, rules.stranger_daily_burst)
    window = timedelta(minutes=rules.window_minutes)
    if threshold is None:
        fix = "give bind_dn the right to read policies_base_dn, or keep the directory's limit above "
        most = rules.stranger_burst + rules.known_burst + 2
        return Line(name, "warn", "its lock-out threshold cannot be read", f"{fix}{most}")
    heard = {
        known: next(
            (b.burst for b in password_buckets("a", "n", known, bursts, window, threshold) if "bind" in b.key), 0
        )
        for known in (False, True)
    }
    if not any(heard.values()):
        told = f"locks after {threshold}: no password can be tried safely"
        return Line(name, "fail", told, "raise pwdMaxFailure of its password policy to 6 or more")
    told = f"locks after {threshold}; strangers get {heard[False]}, known devices {heard[True]} tries at once"
    return Line(name, "ok" if heard[False] else "warn", told, "raise pwdMaxFailure of its password policy")
