"""`/admin/models`: models of authenticators, those that were recalled, and how far their holders have come."""

from flask import Response, request

from idp.flows.admin import models
from idp.flows.admin.models import Seen
from idp.flows.admin.scope import Admin
from idp.web.admin.console import Console
from idp.web.pages import Notice, Reason
from idp.web.pages.admin_models import AdminModels, ModelHolder, ModelLine

PATH = "/models"


def show(console: Console, admin: Admin, notice: Notice | None = None) -> Response:
    query = request.args.get("q", "")[:100]
    found = tuple(line_of(admin, one) for one in models.listed(console.idp, admin, query))
    action = "/admin/models" if admin.may("admin.models.write") else None
    return console.page(admin, AdminModels(action, found, query, models.latest(console.idp, admin), notice))


def take(console: Console, admin: Admin) -> Response:
    aaguid, reason = request.form.get("model", ""), request.form.get("reason", "")

    def change() -> Notice:
        if request.form.get("do") == "restore":
            models.restore(console.idp, admin, aaguid, reason)
            return Notice("good", Reason("console.model-restored"))
        models.recall(console.idp, admin, aaguid, reason)
        return Notice("good", Reason("console.model-recalled"))

    return show(console, admin, console.tried(change))


def line_of(admin: Admin, seen: Seen) -> ModelLine:
    """One model, with the people who must be helped."""
    model = seen.model
    people = tuple(
        ModelHolder(
            one.subject.display_name,
            one.replaced,
            f"/admin/people/{one.subject.id}" if admin.may("admin.people.read") else None,
        )
        for one in seen.people
    )
    return ModelLine(model.aaguid, model.name, model.statuses, seen.holders, model.recalled_at, seen.replaced, people)
