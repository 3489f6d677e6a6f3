"""Samples of a department's page and of the steps of connecting its directory."""

from collections.abc import Mapping
from datetime import timedelta

from idp.web import pages as p
from idp.web.pages import Link, Page, Reason, Text
from idp.web.pages import admin_departments as d
from tests.browser.sample_facts import DAY, DIRECTORIES, HOUR, MOF, NOW

HOME = "/admin/departments/mof"
STEPS = ("address", "tls", "bind", "base", "map", "sign-in", "dry-run", "save")
MS = timedelta(milliseconds=1)
SUFFIX = "dc=mof,dc=example"
PIN = "sha256/" + "hG2z" * 10 + "abc="
CHAIN = (
    d.CertificateLine("CN=ldap.mof.example", "CN=Ministry CA,O=财政部", NOW + 200 * DAY, "9f2c" * 16, PIN),
    d.CertificateLine("CN=Ministry CA,O=财政部", "CN=Ministry CA,O=财政部", NOW + 2000 * DAY, "77ab" * 16, PIN),
)
TYPED = {
    "url": "ldaps://ldap.mof.example", "bind_dn": f"cn=gerege,ou=services,{SUFFIX}",
    "base_dn": f"ou=people,{SUFFIX}", "groups_base": f"ou=groups,{SUFFIX}", "sample": "zhang.wei",
    "groups": "payroll-clerks = payroll-clerk\npayroll-approvers = payroll-approver", "clearance": "2",
}  # fmt: skip


def road(here: str, state: str = "here") -> tuple[tuple[str, str, str], ...]:
    place = STEPS.index(here)
    return tuple(
        (one, "well" if n < place else state if n == place else "later", f"{HOME}/directory/{one}")
        for n, one in enumerate(STEPS)
    )


def well(step: str, **facts: str) -> d.FindingLine:
    return d.FindingLine(step, True, Reason(f"directory.{step}.well", facts), "", 4 * MS)


ADDRESS = well("address", host="ldap.mof.example", port="636", address="10.20.0.5")
TLS = well("tls", subject="CN=ldap.mof.example", expires="2027-05-30")
BIND = well("bind", dn=TYPED["bind_dn"])
BASE = well("base", dn=TYPED["base_dn"])


def step(name: str, state: str = "here", **more: object) -> d.AdminDirectory:
    place = STEPS.index(name)
    return d.AdminDirectory(
        f"{HOME}/directory/{name}", HOME, MOF, name, road(name, state),
        **({"typed": TYPED, "previous": f"{HOME}/directory/{STEPS[place - 1]}" if place else None} | more),  # type: ignore[arg-type]
    )  # fmt: skip


def hours() -> tuple[d.HourLine, ...]:
    states = ["good"] * 14 + ["slow", "slow", "down", "good", "good", "unknown", "unknown", "good", "good", "good"]
    heights = {"good": 6, "slow": 18, "down": 28, "unknown": 2}
    return tuple(
        d.HourLine(
            NOW - (23 - n) * HOUR, one, 0 if one == "unknown" else 60, 12 if one == "down" else 0,  # type: ignore[arg-type]
            None if one == "unknown" else (700 if one == "slow" else 42 + n) * MS,
            "urls: ldaps://ldap.mof.example does not answer (timed out)" if one == "down" else "", heights[one],
        )
        for n, one in enumerate(states)
    )  # fmt: skip


DEPARTMENTS: Mapping[str, Page] = {
    "admin-department": d.AdminDepartment(
        HOME, MOF, "mof", "country", 1250, "ldap",
        above=(Link("/admin/departments/cn", Text("State Council", "国务院")),),
        beneath=(Link("/admin/departments/customs", Text("Customs", "海关总署")),),
        domains=("mof.example",), prefixes=("MOF",), addresses=("ldaps://ldap.mof.example", "ldaps://ldap2.mof.example"),
        vendor="openldap", account=TYPED["bind_dn"], base=TYPED["base_dn"], directory=DIRECTORIES[0], day=hours(),
        edit=f"{HOME}/directory/address", testable=True,
    ),
    "admin-department-plain": d.AdminDepartment(
        HOME, MOF, "mof", "bureau", 0, "none", edit=f"{HOME}/directory/address"
    ),
    "admin-directory-address": step(
        "address", "wrong",
        problems=(Reason("directory.address.not-allowed"),),
    ),
    "admin-directory-tls": step(
        "tls", "wrong", chain=CHAIN,
        findings=(ADDRESS, d.FindingLine(
            "tls", False, Reason("directory.tls.untrusted", {"host": "ldap.mof.example"}),
            "X509 20 unable to get local issuer certificate", 21 * MS)),
    ),
    "admin-directory-bind": step(
        "bind", "wrong", kept_password=True,
        findings=(ADDRESS, TLS, d.FindingLine(
            "bind", False, Reason("directory.bind.wrong-password", {"dn": TYPED["bind_dn"]}),
            "49 invalidCredentials", 9 * MS)),
    ),
    "admin-directory-base": step(
        "base", "wrong", roots=(SUFFIX,), children=(f"ou=groups,{SUFFIX}", f"ou=people,{SUFFIX}", f"ou=财务,{SUFFIX}"),
        findings=(ADDRESS, TLS, BIND, d.FindingLine(
            "base", False, Reason("directory.base.no-such-base", {"dn": f"ou=persons,{SUFFIX}", "near": SUFFIX}),
            "32 noSuchObject", 5 * MS)),
    ),
    "admin-directory-map": step(
        "map", "well", findings=(ADDRESS, TLS, BIND, BASE, well("person", person="Zhang Wei")),
        claims=(
            d.ClaimLine("stable_id", "entryUUID", ("6fa459ea-ee8a-3ca4-894e-db77e160355e",)),
            d.ClaimLine("identifier", "uid", ("zhang.wei",)),
            d.ClaimLine("name", "cn", ("Zhang Wei",)), d.ClaimLine("name_zh", "displayName", ("张伟",)),
            d.ClaimLine("mail", "mail", ("zhang.wei@mof.example",)), d.ClaimLine("title", "title", ()),
        ),
        groups=(
            d.GroupLine("payroll-clerks", True, Reason("directory.why.mapped", {"what": "payroll-clerk, ≥ 3"})),
            d.GroupLine("bowling-club", False, Reason("directory.why.unmapped")),
        ),
        roles=("payroll-clerk",), clearance=3, next=f"{HOME}/directory/sign-in",
    ),
    "admin-directory-sign-in": step("sign-in"),
    "admin-directory-dry-run": step(
        "dry-run", "well", counts=(("read", 1250), ("joins", 14), ("changed", 3), ("left", 0)), held=2,
        foreseen=(d.ForeseenLine("Li Na", "joins", (
            d.GroupLine("payroll-clerks", True, Reason("directory.why.mapped", {"what": "payroll-clerk"})),)),),
        next=f"{HOME}/directory/save",
    ),
    "admin-directory-save": step("save", notice=p.Notice("bad", Reason("directory.too-often"))),
}  # fmt: skip
