"""Where departments keep their people: one line for each kind of connector, and the one place that opens them.

Implements the port `idp.ports.Directories`. Deliberately opens a connector only when a department is first asked
for, so that a directory that is down or misconfigured is its own department's trouble alone.
"""

import importlib
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

with warnings.catch_warnings():
    # ldap3 2.9.1 names pyasn1's old attributes while it is imported; pyasn1 is pinned to versions that still have them.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("ldap3")

from adapters.connectors import bulkhead
from adapters.connectors.department_file import OWN
from adapters.connectors.ldap import LdapConnector
from adapters.connectors.ldap_settings import read_ldap_settings
from adapters.connectors.toml_table import Problem, Reader, Table, WrongFile
from idp.errors import Invalid, Unavailable
from idp.model import Department
from idp.ports import Connector
from idp.secret import Secret

__all__ = ["CONNECTORS", "OpenDirectories", "Problem", "WrongFile", "open_ldap", "unsealed"]

Unseal = Callable[[str, str], bytes]
"""(purpose, sealed) → what was sealed."""
SEALED = "bind_password_sealed"


def open_ldap(department: Department) -> Connector:
    """The LDAP connector of a department, from the settings kept with it (file names in them are absolute).

    Raises:
        WrongFile: the settings cannot be used; every problem is in it.
        Unavailable: the CA file cannot be used.
    """
    reader = Reader(f"department {department.id}")
    own = {key: value for key, value in department.settings.items() if key not in OWN}
    settings = read_ldap_settings(department.id, Table(reader, "directory", own), Path("/"))
    reader.finish()
    return LdapConnector(settings)


CONNECTORS: Mapping[str, Callable[[Department], Connector]] = {
    "ldap": open_ldap,
}


def unsealed(department: Department, unseal: Unseal | None) -> Department:
    """The department with its account's password in the open, for its connector alone.

    Safe: it was sealed for this very department, so that another's cannot be moved here with its settings.

    Raises:
        Unavailable: it was sealed with a key that is not here.
    """
    sealed = department.settings.get(SEALED)
    if not isinstance(sealed, str) or unseal is None:
        return department
    try:
        password = unseal(f"directory-password:{department.id}", sealed)
    except Invalid as error:
        raise Unavailable(department.id, "bind_password: cannot be unsealed; type it again in the console") from error
    own = {key: value for key, value in department.settings.items() if key != SEALED}
    return replace(department, settings=own | {"account_password": Secret(password)})


class OpenDirectories:
    """The open connectors, one for each department, made anew when its settings change. Safe between threads."""

    def __init__(self, places: int = 32, unseal: Unseal | None = None) -> None:
        """
        Args:
            places: threads that all directories of this process may hold together, one of them half of it at most.
            unseal: opens passwords that the console keeps sealed with a department.
        """
        self._unseal = unseal
        self._own = max(1, min(bulkhead.OWN, places // 2))
        self._places = threading.BoundedSemaphore(max(1, places))
        self._lock = threading.Lock()
        self._open: dict[str, tuple[dict[str, object], Connector]] = {}

    def of(self, department: Department) -> Connector | None:
        """The department's connector. None: it keeps its people here.

        Raises:
            Unavailable: its settings cannot be used; the problems are in `detail`.
        """
        make = CONNECTORS.get(department.connector or "")
        if make is None:
            return None
        with self._lock:
            settings, connector = self._open.get(department.id, (None, None))
            if connector is None or settings != department.settings:
                try:
                    fresh = make(unsealed(department, self._unseal))
                except WrongFile as error:
                    raise Unavailable(department.id, str(error)) from error
                if connector is not None:
                    connector.close()
                connector = self._bounded(department, fresh)
                self._open[department.id] = (department.settings, connector)
            return connector

    def _bounded(self, department: Department, connector: Connector) -> Connector:
        own = bulkhead.Bulkhead(self._places, self._own, min(bulkhead.FEW, self._own))
        return bulkhead.Bounded(department.id, connector, own)

    def close(self) -> None:
        """Close every connector."""
        with self._lock:
            for _, connector in self._open.values():
                connector.close()
            self._open.clear()
