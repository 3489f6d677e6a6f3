"""The console's pages: one file for each area. Each view parses, calls one flow and shows the page that comes of it."""

from flask import Blueprint

from idp.web.admin import (
    alerts,
    app,
    app_new,
    app_tested,
    approvals,
    apps,
    audit,
    departments,
    departments_one,
    desk,
    desk_approvals,
    desk_person,
    directory,
    models,
    overview,
    people,
    person,
    roles,
    sync,
)
from idp.web.admin.console import Console
from idp.web.front import Front

AREAS = (
    overview,
    desk,
    desk_person,
    desk_approvals,
    people,
    person,
    roles,
    departments,
    departments_one,
    directory,
    sync,
    apps,
    app,
    app_new,
    app_tested,
    audit,
    alerts,
    approvals,
    models,
)


def blueprint(front: Front) -> Blueprint:
    """All areas, for `/admin`; each names its path, and how it shows and takes."""
    views, console = Blueprint("admin", __name__), Console(front)
    views.add_url_rule("/callback", "callback", console.callback, methods=["GET"])
    for area in AREAS:
        name = area.__name__.rpartition(".")[2]
        views.add_url_rule(area.PATH, name, console.guarded(area.show), methods=["GET"])
        take = getattr(area, "take", None)
        if take is not None:
            views.add_url_rule(area.PATH, f"{name}-take", console.guarded(take), methods=["POST"])
    return views
