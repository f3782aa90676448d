"""Everything that can go wrong with a provider.

    ProviderError
    ├── CannotConnect      connection        nothing answers, DNS, refused, proxy
    │   └── TlsFailed      tls
    ├── TimedOut           timeout
    │   └── ConnectTimedOut timeout          there was no connection in time, so nothing was sent
    ├── BadCredential      auth              wrong, or of another provider
    │   └── MissingKey     auth              there is none, and nothing was sent
    ├── NotAllowed         permission
    │   └── DataPolicy     data_policy       OpenRouter's privacy setting
    ├── ModelNotFound      model_not_found
    ├── PathNotFound       path_not_found    the base URL is wrong
    ├── RateLimited        rate_limit
    ├── Overloaded         overloaded
    ├── OutOfCredit        quota
    ├── TooLong            context_too_long
    ├── Rejected           bad_request
    ├── ServerTrouble      server
    ├── IncompleteStream   incomplete        the stream ended without a terminal signal
    ├── ProtocolError      protocol          not what the wire format says: HTML, garbage, an empty 200
    ├── CannotCount        cannot_count      the server does not count tokens before they are sent
    ├── BadConfig          config            Parley's own side: no key, a bad base URL
    └── OverBudget         budget

A refusal or a length stop is a `Finished` reason, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(eq=False)
class ProviderError(Exception):
    """A request that failed.

    Attributes:
        summary: one sentence for a tired person; contains no key and no query values.
        hint: what to do about it; "" when there is nothing to be done.
        detail: the server's own words, shortened; "" when it had none.
        provider: the user's name for the provider; "" before it is known.
        url: the URL tried, without user, password and query.
        status: the HTTP status; None when there was no answer, or the error came inside a 200 stream.
        request_id: as the server gave it; "" otherwise.
        retry_after_s: how long the server asks to wait; None when it does not say.
        is_retryable: whether the same request may succeed if it is sent again.
        parameter: the request field the server objects to, where it names one.
    """

    summary: str
    hint: str = ""
    detail: str = ""
    provider: str = ""
    url: str = ""
    status: int | None = None
    request_id: str = ""
    retry_after_s: float | None = None
    is_retryable: bool = False
    parameter: str = ""

    category: ClassVar[str] = "server"

    def __post_init__(self) -> None:
        super().__init__(self.summary)

    def __str__(self) -> str:
        return self.summary


class CannotConnect(ProviderError):
    category = "connection"


class TlsFailed(CannotConnect):
    category = "tls"


class TimedOut(ProviderError):
    category = "timeout"


class ConnectTimedOut(TimedOut):
    pass


class BadCredential(ProviderError):
    category = "auth"


class MissingKey(BadCredential):
    pass


class NotAllowed(ProviderError):
    category = "permission"


class DataPolicy(NotAllowed):
    category = "data_policy"


class ModelNotFound(ProviderError):
    category = "model_not_found"


class PathNotFound(ProviderError):
    category = "path_not_found"


class RateLimited(ProviderError):
    category = "rate_limit"


class Overloaded(ProviderError):
    category = "overloaded"


class OutOfCredit(ProviderError):
    category = "quota"


class TooLong(ProviderError):
    category = "context_too_long"


class Rejected(ProviderError):
    category = "bad_request"


class ServerTrouble(ProviderError):
    category = "server"


class IncompleteStream(ProviderError):
    category = "incomplete"


class ProtocolError(ProviderError):
    category = "protocol"


class CannotCount(ProviderError):
    category = "cannot_count"


class BadConfig(ProviderError):
    category = "config"


class OverBudget(ProviderError):
    category = "budget"
