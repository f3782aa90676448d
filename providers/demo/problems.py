"""What can go wrong with a request, before any wire format has put it into its own body shape."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    BAD_REQUEST = "bad_request"
    AUTH = "auth"
    PERMISSION = "permission"
    MODEL = "model"
    PATH = "path"
    METHOD = "method"
    TOO_LARGE = "too_large"
    CONTEXT = "context"
    RATE = "rate"
    QUOTA = "quota"
    SERVER = "server"
    UNAVAILABLE = "unavailable"
    OVERLOADED = "overloaded"


STATUS: dict[Kind, int] = {
    Kind.BAD_REQUEST: 400,
    Kind.AUTH: 401,
    Kind.PERMISSION: 403,
    Kind.MODEL: 404,
    Kind.PATH: 404,
    Kind.METHOD: 405,
    Kind.TOO_LARGE: 413,
    Kind.CONTEXT: 400,
    Kind.RATE: 429,
    Kind.QUOTA: 429,
    Kind.SERVER: 500,
    Kind.UNAVAILABLE: 503,
    Kind.OVERLOADED: 529,
}
"""The usual status; a format may answer with another one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A failure to be told to the client.

    Attributes:
        message: the sentence for the body.
        param: the request field it is about; "" for none.
        retry_after_s: at pace 1; None sends no Retry-After.
        status: 0 for the usual one of its kind.
    """

    kind: Kind
    message: str
    param: str = ""
    retry_after_s: float | None = None
    status: int = 0


class RequestProblem(Exception):
    """A request that is not answered. Carries the `Problem` to tell."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def bad_request(message: str, param: str = "") -> RequestProblem:
    return RequestProblem(Problem(Kind.BAD_REQUEST, message, param))
