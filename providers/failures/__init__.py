"""What went wrong at a server, as a `ProviderError` that says what to do.

`body` reads what the server said, `rules` tell what it means, `waits` how long it asks to wait, `words` put it
into sentences, `translate` makes the error of all that.
"""

from __future__ import annotations

from providers.failures.translate import from_payload, from_response, redact, redacted

__all__ = ["from_payload", "from_response", "redact", "redacted"]
