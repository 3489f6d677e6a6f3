"""The console as a client of our own provider, like any other: registered at start, its permissions an API of its own.

Public, because both ends are in one process: there is no wire on which a secret would prove anything; PKCE and the
browser's binding protect the code. Spec: RFC 7636, RFC 8707.
"""

from idp.events import ClientChanged
from idp.flows.admin.scope import OPERATOR, PERMISSIONS
from idp.flows.built_in import CONSOLE_AUDIENCE, CONSOLE_ID
from idp.flows.context import Idp
from idp.model import Client, Permission, Resource, Text
from policies.roles import CONSOLE_GRADE

NAME = Text("Console", "管理控制台")
CALLBACK = "/admin/callback"
WORDS = {
    "admin.people.read": Text("See people", "查看人员"),
    "admin.people.write": Text("Change people", "修改人员"),
    "admin.people.end_sessions": Text("End sessions", "结束会话"),
    "admin.roles.read": Text("See roles", "查看角色"),
    "admin.roles.grant": Text("Give and take roles", "授予和收回角色"),
    "admin.roles.approve": Text("Approve administrators", "批准管理员"),
    "admin.departments.read": Text("See departments", "查看部门"),
    "admin.departments.write": Text("Change departments", "修改部门"),
    "admin.apps.read": Text("See applications", "查看应用"),
    "admin.apps.write": Text("Change applications", "修改应用"),
    "admin.audit.read": Text("Read the audit log", "查看审计日志"),
    "admin.models.read": Text("See models of authenticators", "查看身份验证器型号"),
    "admin.models.write": Text("Recall models of authenticators", "召回身份验证器型号"),
    "admin.tokens.write": Text("Import and give hardware tokens", "导入和发放硬件令牌"),
    "admin.policy.read": Text("See policies", "查看策略"),
    "admin.policy.write": Text("Change policies", "修改策略"),
    "admin.desk.read": Text("See the help desk", "查看服务台"),
    "admin.desk.verify": Text("Verify people", "核验人员身份"),
    "admin.desk.pass": Text("Give temporary access passes", "发放临时访问凭证"),
    "admin.desk.approve": Text("Approve passes as a second person", "以第二人身份批准临时访问凭证"),
    "admin.desk.reset": Text("Reset ways to sign in", "重置登录方式"),
    "admin.sync.decide": Text("Decide mass changes of directories", "决定目录的大批变更"),
    "admin.alerts.read": Text("See alerts", "查看警报"),
    "admin.alerts.write": Text("Close alerts", "关闭警报"),
}


def resource() -> Resource:
    """The console's API: what administrators may do there."""
    permissions = tuple(Permission(one.name, one.grade, one.roles, WORDS[one.name]) for one in PERMISSIONS)
    return Resource(CONSOLE_AUDIENCE, NAME, permissions)


def client(idp: Idp, department_id: str) -> Client:
    """The registration, at this issuer's address."""
    return Client(
        id=CONSOLE_ID,
        name=NAME,
        department_id=department_id,
        redirect_uris=(idp.issuer.rstrip("/") + CALLBACK,),
        auth_method="none",
        grant_types=("authorization_code",),
        scopes=("openid", *(one.name for one in PERMISSIONS)),
        audiences=(CONSOLE_AUDIENCE,),
        home_url="/admin",
        first_party=True,
        grade=CONSOLE_GRADE,
        shared_with=frozenset({"*"}),
    )


def ensure(idp: Idp, department_id: str) -> None:
    """Register the console, or bring it to this version and address. Its department stays what it was."""
    configuration = idp.ports.truth.configuration()
    old = configuration.clients.get(CONSOLE_ID)
    wanted = client(idp, old.department_id if old and old.department_id in configuration.departments else department_id)
    if old == wanted and configuration.resources.get(CONSOLE_AUDIENCE) == resource():
        return
    with idp.ports.truth.begin() as tx:
        tx.registry.put_resource(resource())
        tx.registry.put_client(wanted)
        tx.record(ClientChanged(client_id=CONSOLE_ID, by=OPERATOR.subject_id, what="registered at start"))
