"""What a person reads when something is refused or away: a plain page, the reason in our log only."""

import logging

import requests
from flask import Flask, Response, current_app
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from .pages import message, say

_log = logging.getLogger(__name__)


def away(error: BaseException) -> Response:
    """The identity provider does not answer: 503, and nobody is signed in or out by that."""
    _log.warning("identity provider: %s", error)
    answer = message(
        503,
        say("Sign-in is not possible just now", "暂时无法登录"),
        say("The identity provider does not answer. Try again in a moment.", "身份提供方没有响应，请稍后再试。"),
    )
    answer.headers["Retry-After"] = "5"
    return answer


def not_signed_in(text: str) -> Response:
    """The way back from the identity provider did not lead to a session."""
    return message(400, say("You are not signed in", "您尚未登录"), text)


def add_errors(app: Flask) -> None:
    """Bad input and our own failures as plain pages, never a trace."""

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
        return message(error.code or 500, say("That did not work", "操作未成功"), error.name)

    @app.errorhandler(requests.RequestException)
    def provider_away(error: requests.RequestException) -> ResponseReturnValue:
        return away(error)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        current_app.logger.exception("unexpected", exc_info=error)
        return message(500, say("Something went wrong here", "此处出现错误"), say("Try again later.", "请稍后再试。"))
