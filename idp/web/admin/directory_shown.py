"""What a step of connecting a directory came to, as its page shows it."""

from collections.abc import Mapping

from idp.flows.admin.directory.draft import Draft, mapping_of
from idp.flows.admin.directory.wizard import Tried
from idp.mapping import Derived, RoleMapping
from idp.model import ADMINISTRATOR_ROLES
from idp.ports.diagnosis import Report
from idp.web.pages import Reason, Words
from idp.web.pages.admin_departments import CertificateLine, ClaimLine, FindingLine, ForeseenLine, GroupLine

MOST = 50
"""People of a dry run that are listed."""


def shown(tried: Tried, draft: Draft) -> Mapping[str, object]:
    """Fields of `AdminDirectory`."""
    found: dict[str, object] = {"problems": tuple(Reason(name, facts) for name, facts in tried.problems)}
    if tried.report is not None:
        found |= _reported(tried.report, tried.derived, mapping_of(draft))
    if tried.preview is not None:
        table = mapping_of(draft)
        people = tried.preview.people[:MOST]
        found |= {
            "counts": tuple(tried.preview.counts.items()),
            "held": len(tried.preview.held),
            "foreseen": tuple(
                ForeseenLine(one.name, one.what, tuple(_said(name, why, table) for name, why in one.groups.items()))
                for one in people
            ),
        }
    return found


def _reported(report: Report, derived: Derived | None, table: RoleMapping) -> dict[str, object]:
    found: dict[str, object] = {
        "findings": tuple(
            FindingLine(one.step, one.well, Reason(f"directory.{one.step}.{one.fault or 'well'}", one.facts), one.code,
                        one.latency)
            for one in report.findings
        ),
        "chain": tuple(
            CertificateLine(one.subject, one.issuer, one.expires, one.fingerprint, one.pin) for one in report.chain
        ),
        "vendor": report.vendor,
        "roots": report.roots,
        "children": report.children,
    }  # fmt: skip
    if report.sample is not None and derived is not None:
        entry = report.sample.entry
        found |= {
            "claims": tuple(ClaimLine(one.name, one.attribute, one.values) for one in report.sample.claims),
            "groups": tuple(group_line(name, table, disabled=entry.disabled) for name in entry.groups),
            "roles": tuple(sorted(derived.roles)),
            "clearance": derived.clearance,
        }
    return found


def group_line(name: str, table: RoleMapping, *, disabled: bool = False) -> GroupLine:
    """What one group gives, or why nothing."""
    roles = table.roles.get(name, ())
    if disabled:
        return GroupLine(name, False, Reason("directory.why.disabled"))
    if any(role not in ADMINISTRATOR_ROLES for role in roles) or name in table.clearance:
        return GroupLine(name, True, _gives(name, table))
    return GroupLine(name, False, Reason("directory.why.administrator" if roles else "directory.why.unmapped"))


def _said(name: str, why: str, table: RoleMapping) -> GroupLine:
    gives = why == "mapped"
    return GroupLine(name, gives, _gives(name, table) if gives else Reason(f"directory.why.{why}"))


def _gives(name: str, table: RoleMapping) -> Words:
    what = [role for role in table.roles.get(name, ()) if role not in ADMINISTRATOR_ROLES]
    grade = table.clearance.get(name)
    return Reason("directory.why.mapped", {"what": ", ".join([*what, *([f"≥ {grade}"] if grade else [])])})
