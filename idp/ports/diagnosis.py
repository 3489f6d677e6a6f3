"""What stands between us and a directory, one step after the other, each told apart with its raw code and its time.

For whoever connects a department: nothing here is asked while somebody signs in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from idp.model import Department, Entry
from idp.ports.world import Connector
from idp.secret import Secret

StepName = Literal["address", "tls", "bind", "base", "person", "sign-in"]
STEPS: tuple[StepName, ...] = ("address", "tls", "bind", "base", "person", "sign-in")


@dataclass(frozen=True, slots=True)
class Finding:
    """How one step went.

    Attributes:
        fault: a word for what is wrong, such as `refused`; "" when it went well. `directory.<step>.<fault>` is its
            sentence in the catalogue.
        code: as the system, TLS or LDAP said it, such as `ECONNREFUSED 111` or `49 invalidCredentials`.
        facts: what fills the sentence.
    """

    step: StepName
    fault: str
    code: str
    latency: timedelta
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return not self.fault


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of the chain that a directory shows, its own first. fingerprint: SHA-256, hex. pin: RFC 7469 §2.4."""

    subject: str
    issuer: str
    expires: datetime
    fingerprint: str
    pin: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Which attribute says what of a person, and what it holds."""

    name: str
    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A real person of the directory, as the settings read them."""

    entry: Entry
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """until: the last step that is wanted. browse: the name whose children are listed; "" is the base.
    sample: what a person types to sign in."""

    until: StepName = "person"
    browse: str = ""
    sample: str = ""
    password: Secret[str] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """findings: to the first that is not well, which is the last. chain: shown whether it is believed or not.
    roots: what the directory says it holds. children: of the name that was browsed. vendor: as it calls itself."""

    findings: tuple[Finding, ...]
    chain: tuple[Certificate, ...] = ()
    roots: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    vendor: str = ""
    sample: Sample | None = None

    @property
    def well(self) -> bool:
        return all(one.well for one in self.findings)


class Diagnosis(Protocol):
    """Reaching a directory that need not be kept yet."""

    def diagnose(self, department: Department, question: Question) -> Report:
        """Never raises for what is wrong out there: that is the report. Raises Invalid: the settings cannot be read."""
        ...

    def open(self, department: Department) -> Connector:
        """A connector of its own, apart from those that serve sign-ins; close it. Raises Unavailable, Invalid."""
        ...


class NoDiagnosis:
    """Where nothing can be reached."""

    def diagnose(self, department: Department, question: Question) -> Report:
        return Report(())

    def open(self, department: Department) -> Connector:
        raise NotImplementedError
