"""What administrators are told, in the words of the console."""

from datetime import datetime, timedelta

from demo.story_house import House
from idp.messages import Messages


def alert_of(house: House, kind: str, since: datetime, **params: str) -> str | None:
    """The newest alert of that kind with these facts, as the console says it; None: there is none.

    One alert is raised for each network or account and quarter of an hour, so one of just before counts as well.
    """
    idp = house.idp
    since -= timedelta(minutes=idp.settings.guessing.window_minutes) if params else timedelta(0)
    for one in idp.ports.truth.desk.alerts(open_only=False):
        if one.kind == kind and one.at >= since and params.items() <= one.params.items():
            return Messages.load().text("en", one.message, **one.params)
    return None
