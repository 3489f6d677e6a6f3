"""The person's own pages: one file for each area. Without a session each leads to the sign-in and comes back."""

from flask import Blueprint

from idp.web.front import Front
from idp.web.me import access, apps, history, home, kept, launchpad, methods, sessions
from idp.web.me.own import mine

AREAS = (launchpad, home, methods, sessions, history, apps, access, kept)


def blueprint(front: Front) -> Blueprint:
    """All areas; each names its path, and how it shows and takes."""
    views = Blueprint("me", __name__)
    for area in AREAS:
        name = area.__name__.rpartition(".")[2]
        views.add_url_rule(area.PATH, name, mine(front, area.show), methods=["GET"])
        take = getattr(area, "take", None)
        if take is not None:
            views.add_url_rule(area.PATH, f"{name}-take", mine(front, take, form=True), methods=["POST"])
    views.add_url_rule("/me/methods/add/<way>", "add", lambda way: methods.add(front, way), methods=["GET"])
    views.add_url_rule("/me/data/schema.json", "schema", kept.schema, methods=["GET"])
    return views
