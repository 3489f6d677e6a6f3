"""The console's pages: one file for each area. Each view parses, calls one flow and shows the page that comes of it."""

from flask import Blueprint

from idp.web.front import Front


def blueprint(front: Front) -> Blueprint:
    """All areas, for `/admin`."""
    return Blueprint("admin", __name__)
