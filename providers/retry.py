"""Whether to send a request again, and when."""

from __future__ import annotations

from providers.errors import ProviderError
from providers.request import Endpoint

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
_JITTER = 0.25


def wait_before(error: ProviderError, attempt: int, endpoint: Endpoint, random: float) -> float | None:
    """Seconds to wait before the request is sent once more; None to give up.

    What the server asks for wins over our own back-off, which doubles from 0.5 s to 8 s and is shortened by
    up to a quarter at random, so that many clients do not come back at the same moment.

    Args:
        attempt: the number of the attempt that failed; 1 for the first.
        random: in [0, 1).
    """
    if not error.is_retryable or attempt > endpoint.retries:
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= endpoint.retry_wait_max_s else None
    back_off = min(FIRST_WAIT_S * 2.0 ** min(attempt - 1, 30), LONGEST_WAIT_S)
    return min(back_off * (1 - _JITTER * random), endpoint.retry_wait_max_s)
