"""Reaching a directory step by step for whoever connects it: address, TLS, bind, base, a person, a sign-in.

Implements the port `idp.ports.diagnosis.Diagnosis`. Spec: RFC 4511 §4.1.9 (matchedDN), §4.2, §4.5, Appendix A;
RFC 4512 §5.1 (root entry); RFC 4513 §5.1. Deliberately keeps nothing open between two questions, shares no pool and
no breaker with sign-ins, and stops at the first step that fails.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from ldap3 import BASE, DEREF_NEVER, LEVEL, Connection

from adapters.connectors import Unseal, open_ldap, unsealed
from adapters.connectors.department_file import OWN
from adapters.connectors.ldap_canary import nobody
from adapters.connectors.ldap_connection import BROKEN, Answer, Away, close_connection, open_connection, rebind
from adapters.connectors.ldap_diagnosis_tls import Faulty, knock, protect, shown_chain
from adapters.connectors.ldap_entry import person_attributes, texts
from adapters.connectors.ldap_identity import parts
from adapters.connectors.ldap_search import search
from adapters.connectors.ldap_settings import LdapSettings, read_ldap_settings
from adapters.connectors.ldap_tls import verifying_context
from adapters.connectors.ldap_vendors import VENDORS, recognised
from adapters.connectors.toml_table import Reader, Table, WrongFile
from idp.errors import Ambiguous, Invalid, ProofRejected, Unavailable
from idp.model import Department
from idp.ports import Connector
from idp.ports.diagnosis import STEPS, Claim, Finding, Question, Report, Sample, StepName
from idp.secret import Secret

MOST_CHILDREN = 100
NO_SUCH_OBJECT, INVALID_DN, NO_RIGHT, WRONG = 32, 34, 50, 49


class LdapDiagnosis:
    """Safe between threads: each call has its own connections."""

    def __init__(self, unseal: Unseal | None = None) -> None:
        self._unseal = unseal

    def diagnose(self, department: Department, question: Question) -> Report:
        """Each step until the wanted one, or until the first that fails."""
        return _Walk(self._settings(department), department, question, self.open).report()

    def open(self, department: Department) -> Connector:
        try:
            return open_ldap(unsealed(department, self._unseal))
        except WrongFile as error:
            raise Invalid(_told(error), str(error)) from error

    def _settings(self, department: Department) -> LdapSettings:
        """Raises Invalid: with every problem."""
        reader = Reader(f"department {department.id}")
        opened = unsealed(department, self._unseal).settings
        own = {key: value for key, value in opened.items() if key not in OWN}
        settings = read_ldap_settings(department.id, Table(reader, "directory", own), Path("/"))
        try:
            reader.finish()
        except WrongFile as error:
            raise Invalid(_told(error), str(error)) from error
        return settings


class _Walk:
    """One way through the steps."""

    def __init__(
        self,
        settings: LdapSettings,
        department: Department,
        question: Question,
        open_: Callable[[Department], Connector],
    ) -> None:
        self._settings, self._department, self._question = settings, department, question
        self._open, self._found = open_, dict[str, Any]()
        self._url = settings.urls[0]

    def report(self) -> Report:
        findings = []
        for step in STEPS[: STEPS.index(self._question.until) + 1]:
            if step in ("person", "sign-in") and not self._question.sample:
                break
            findings.append(self._step(step))
            if not findings[-1].well:
                break
        return Report(tuple(findings), **self._found)

    def _step(self, step: StepName) -> Finding:
        ask = {
            "address": lambda: knock(self._settings, self._url),
            "tls": self._tls,
            "bind": self._bind,
            "base": self._base,
            "person": self._person,
            "sign-in": self._sign_in,
        }[step]
        started = time.monotonic()
        try:
            facts, fault, code = ask(), "", ""
        except Faulty as wrong:
            facts, fault, code = wrong.facts, wrong.fault, wrong.code
        except Ambiguous:
            facts, fault, code = {}, "ambiguous", ""
        except ProofRejected as wrong_proof:
            facts, fault, code = {}, "refused", wrong_proof.detail[:200]
        except Unavailable as away:
            facts, fault, code = {"why": away.detail}, "away", ""
        except BROKEN as error:
            facts, fault, code = {"why": str(error)[:200]}, "away", type(error).__name__
        return Finding(step, fault, code, timedelta(seconds=time.monotonic() - started), facts)

    def _tls(self) -> dict[str, str]:
        chain = self._found["chain"] = shown_chain(self._settings, self._url)
        protect(self._settings, self._url)
        return {"subject": chain[0].subject, "expires": f"{chain[0].expires:%Y-%m-%d}"} if chain else {}

    def _bind(self) -> dict[str, str]:
        """As open_connection does, and then as the account, so that each refusal has its own word."""
        settings = self._settings
        with self._line(bind=False) as held:
            if settings.client_certificate_file is None:
                result = rebind(held, settings.bind_dn, self._password())
                if result["result"] == WRONG and self._knows(held, settings.bind_dn) is False:
                    raise Faulty("no-such-account", _code(result), dn=settings.bind_dn)
                if result["result"] != 0:
                    fault = {WRONG: "wrong-password", NO_SUCH_OBJECT: "no-such-account", INVALID_DN: "malformed"}
                    word = "no-such-account" if "data 525" in result["message"] else fault.get(result["result"])
                    raise Faulty(word or "not-bound", _code(result), dn=settings.bind_dn)
        with self._line(bind=True) as held:
            names = sorted({name for one in VENDORS.values() for name, _ in one.marks})
            root = search(settings, held, "", "(objectClass=*)", [*names, "namingContexts"], at_base=True).entries
            said = texts(root[0]) if root else {}
            self._found["roots"] = tuple(said.get("namingContexts", ()))
            self._found["vendor"] = recognised(said) or ""
        return {"dn": settings.bind_dn}

    def _password(self) -> bytes:
        try:
            return self._settings.bind_password()
        except (OSError, ValueError) as error:
            raise Faulty("no-password", type(error).__name__, why=str(error)) from error

    def _knows(self, held: Connection, dn: str) -> bool | None:
        """Whether nobody-in-particular may see that name: directories refuse a wrong name and a wrong password alike.

        None: it may not be seen whether it is there.
        """
        rebind(held, *nobody(self._settings.base_dn))  # speaks for nobody from here on
        if _level(held, dn, BASE)["result"] == 0:
            return True
        parent = ",".join(f"{kind}={value}" for kind, value in parts(dn)[1:])
        return False if parent and _level(held, parent, BASE)["result"] == 0 else None

    def _base(self) -> dict[str, str]:
        settings = self._settings
        with self._line(bind=True) as held:
            self._found["children"] = _children(held, self._question.browse or settings.base_dn)
            for fault, base in (("no-such-base", settings.base_dn), ("no-such-group-base", settings.groups.base_dn)):
                result = _level(held, base, BASE) if base else {"result": 0}
                if result["result"] != 0 or (base and not result.get("found")):
                    near = self._nearest(held, result, base)
                    word = {NO_RIGHT: "no-right", INVALID_DN: "malformed"}.get(result["result"], fault)
                    raise Faulty(word, _code(result), dn=base, near=near)
            people = search(settings, held, settings.base_dn, settings.people_filter, ["1.1"], size_limit=1)
            if not people.entries:
                raise Faulty("nobody", "0 success", dn=settings.base_dn, filter=settings.people_filter)
        return {"dn": settings.base_dn}

    def _nearest(self, held: Connection, result: dict[str, Any], base: str) -> str:
        """The last name above it that there is, and what stands below that, to choose from."""
        near = str(result.get("dn") or "") or next(iter(self._found.get("roots", ())), "")
        if near and not self._question.browse:
            self._found["children"] = _children(held, near)
        return near

    def _person(self) -> dict[str, str]:
        connector = self._open(self._department)
        try:
            entry = connector.find(self._question.sample)
        finally:
            connector.close()
        if entry is None:
            raise Faulty("not-found", "0 success", person=self._question.sample)
        with self._line(bind=True) as held:
            wanted = person_attributes(self._settings)
            rows = search(self._settings, held, entry.dn, "(objectClass=*)", wanted, at_base=True).entries
        said, names = texts(rows[0]) if rows else {}, self._settings.attributes
        table = [("stable_id", names.stable_id), *(("identifier", one) for one in names.identifiers),
                 ("name", names.display_name), ("name_zh", names.display_name_zh),
                 ("mail", names.mail), ("title", names.title)]  # fmt: skip
        claims = tuple(Claim(name, one, tuple(said.get(one, ()))) for name, one in table if one)
        claims = (Claim("stable_id", names.stable_id, (entry.stable_id,)), *claims[1:])
        self._found["sample"] = Sample(entry, claims)
        return {"person": entry.display_name}

    def _sign_in(self) -> dict[str, str]:
        sample: Sample = self._found["sample"]
        connector = self._open(self._department)
        try:
            state = connector.verify_password(sample.entry, self._question.password or Secret(""))
        finally:
            connector.close()
        if state.expired or state.must_change:
            raise Faulty("must-change", "", person=sample.entry.display_name)
        return {"person": sample.entry.display_name}

    @contextmanager
    def _line(self, *, bind: bool) -> Iterator[Connection]:
        context = verifying_context(self._settings)
        until = time.monotonic() + (self._settings.connect_timeout + self._settings.receive_timeout).total_seconds()
        try:
            held = open_connection(self._settings, context, self._url, bind=bind, until=until)
        except Away as away:
            if "accepts any password" in away.detail:
                raise Faulty("credulous", "0 success", why=away.detail) from away
            raise
        try:
            yield held
        finally:
            close_connection(held)


def _level(held: Connection, dn: str, scope: str) -> dict[str, Any]:
    """The result of looking at a name, or one level below it; `found` is the names."""
    answer = held.search(
        dn, "(objectClass=*)", cast(Any, scope), dereference_aliases=cast(Any, DEREF_NEVER), attributes=["1.1"],
        size_limit=MOST_CHILDREN, time_limit=5,
    )  # fmt: skip
    _, result, rows, _ = cast(Answer, answer)
    return result | {"found": [str(row["dn"]) for row in rows or [] if row["type"] == "searchResEntry"]}


def _children(held: Connection, dn: str) -> tuple[str, ...]:
    return tuple(sorted(_level(held, dn, LEVEL)["found"]))


def _code(result: dict[str, Any]) -> str:
    said = str(result.get("message") or "")
    return f"{result['result']} {result.get('description', '')}{': ' + said if said else ''}"[:200]


def _told(error: WrongFile) -> str:
    return "\n".join(f"{one.key.removeprefix('directory.')}: {one.told}; {one.fix}" for one in error.problems)
