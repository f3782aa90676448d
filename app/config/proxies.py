"""The `proxy` of a provider: what may stand there."""

from __future__ import annotations

NO_PROXY = "none"
"""Goes to the server directly, whatever HTTP(S)_PROXY says."""


def proxy_problem(text: str) -> tuple[str, str] | None:
    """What is wrong with a proxy, and what to write; None if nothing. Shows no user and no password.

    Args:
        text: variables replaced, not empty.
    """
    from providers.formats.urls import base_url_problem, complete_typed, display_url, split_userinfo

    text = text.strip()
    scheme, has_scheme, _ = text.partition("://")
    if text.lower() == NO_PROXY:
        return None
    if scheme.lower().startswith("socks"):
        return "is a SOCKS proxy, and Parley speaks to HTTP proxies only", "Write the URL of an HTTP proxy."
    if not has_scheme:
        completed = complete_typed(f"http://{text}")
        bare, _, _ = split_userinfo(completed)
        if base_url_problem(bare) is None:
            return "has no scheme", f'Write proxy = "{display_url(completed)}".'
        return "is not the URL of a proxy", 'Write proxy = "http://HOST:PORT", or "none".'
    if scheme.lower() not in ("http", "https"):
        return "must start with http:// or https://", 'Write proxy = "http://HOST:PORT", or "none".'
    bare, _, _ = split_userinfo(text)
    if base_url_problem(bare) is not None:
        return "is not the URL of a proxy", 'Write proxy = "http://HOST:PORT"; special signs in a password as %XX.'
    return None
