"""The three administrator roles, the help desk, and what each may do in the console: its grant table, as plain values.

Obeys: separation of three administrators (GB/T 22239-2019 §8.1.5: system, audit and security administration).
Does not: say who holds a role; that is data elsewhere.
"""

from policies.question import App, Permission

SYSTEM_ADMINISTRATOR = "system-administrator"
SECURITY_ADMINISTRATOR = "security-administrator"
AUDIT_ADMINISTRATOR = "audit-administrator"
HELP_DESK = "help-desk"
"""An ordinary role: who holds it verifies people of their branch and helps them back in, and does nothing else here."""
ADMINISTRATORS = frozenset({SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR, AUDIT_ADMINISTRATOR})

CONSOLE_ID = "gerege-console"
CONSOLE_GRADE = 2

_SYSTEM, _SECURITY, _AUDIT = (
    frozenset({r}) for r in (SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR, AUDIT_ADMINISTRATOR)
)
_DESK = frozenset({HELP_DESK})

_HOLDERS = {
    "admin.people.read": ADMINISTRATORS,
    "admin.people.write": _SYSTEM,
    "admin.people.end_sessions": _SYSTEM | _SECURITY,
    "admin.roles.read": _SECURITY | _AUDIT,
    "admin.roles.grant": _SECURITY,
    "admin.departments.read": _SYSTEM | _AUDIT,
    "admin.departments.write": _SYSTEM,
    "admin.apps.read": _SYSTEM | _SECURITY | _AUDIT,
    "admin.apps.write": _SYSTEM,
    "admin.audit.read": _SECURITY | _AUDIT,
    "admin.models.read": _SECURITY | _AUDIT,
    "admin.models.write": _SECURITY,
    "admin.policy.read": _SECURITY | _AUDIT,
    "admin.policy.write": _SECURITY,
    "admin.desk.read": _DESK | _SYSTEM | _SECURITY,
    "admin.desk.verify": _DESK | _SYSTEM,
    "admin.desk.pass": _DESK | _SYSTEM,
    "admin.desk.approve": _DESK | _SYSTEM | _SECURITY,
    "admin.desk.reset": _DESK,
    "admin.tokens.write": _DESK | _SYSTEM,
}

CONSOLE_PERMISSIONS: tuple[Permission, ...] = tuple(
    Permission(name, CONSOLE_ID, CONSOLE_GRADE, roles) for name, roles in _HOLDERS.items()
)


def console(department: str) -> App:
    """The console as an application of the department that runs it."""
    return App(CONSOLE_ID, department, CONSOLE_GRADE)
