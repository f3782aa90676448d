"""What stands between Parley and the providers: proxies, certificates, and whether it may go out at all."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.doctor.findings import Finding, Verdict
from providers.errors import ProviderError
from providers.formats.urls import complete_typed, display_url

if TYPE_CHECKING:
    from app.config.settings import Settings
    from app.connections.roster import Roster
    from providers.request import Endpoint

SUBJECT = "Network"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_SCHEMES = ("http", "https", "socks5", "socks5h")


def network(settings: Settings, roster: Roster, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Judge the settings; nothing is contacted."""
    yield Finding(SUBJECT, f"TLS: {ssl.OPENSSL_VERSION}.")
    if settings.offline:
        what = "offline = true: only this machine and private networks are contacted."
        yield Finding(SUBJECT, what, Verdict.NOTE, "Providers elsewhere cannot be asked until it is false.")
    if not settings.discover:
        yield Finding(SUBJECT, "discover = false: servers on this machine are not looked for.", Verdict.NOTE)
    yield from _proxies(environ)
    yield from _certificates(environ)
    for entry in roster.entries():
        if not entry.enabled or not (entry.proxy or entry.ca_file):
            continue
        try:
            yield from _own(roster.route_of(entry).endpoint)
        except ProviderError:
            continue  # Its check says why.


def _proxies(environ: Mapping[str, str]) -> Iterator[Finding]:
    found = False
    for name in _PROXIES:
        # Not in capitals wins, as in curl.
        variable = next((each for each in (name.lower(), name) if environ.get(each, "").strip()), "")
        if variable:
            found = True
            yield _proxy(environ[variable], variable, "is not used, and requests may fail", "Correct or unset it.")
    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if exceptions.strip():
        count = len(exceptions.replace(",", " ").split())
        yield Finding(SUBJECT, f"NO_PROXY names {count} exception{'' if count == 1 else 's'}.")
    if not found:
        yield Finding(SUBJECT, "No proxy is set in the environment.")


def _proxy(url: str, place: str, otherwise: str, advice: str) -> Finding:
    shown = display_url(complete_typed(url))
    scheme, _, rest = shown.partition("://")
    if scheme in _SCHEMES and rest.strip("/"):
        return Finding(SUBJECT, f"{place}: {shown}.")
    return Finding(SUBJECT, f"{place} does not name a proxy: it {otherwise}.", Verdict.PROBLEM, advice)


def _certificates(environ: Mapping[str, str]) -> Iterator[Finding]:
    file, folder = environ.get("SSL_CERT_FILE", "").strip(), environ.get("SSL_CERT_DIR", "").strip()
    if file:
        yield _ca_file(file, "SSL_CERT_FILE")
    if folder and Path(folder).is_dir():
        yield Finding(SUBJECT, f"SSL_CERT_DIR: {folder}.")
    elif folder:
        what = f"SSL_CERT_DIR is {folder}, which is no folder: no server can be trusted."
        yield Finding(SUBJECT, what, Verdict.PROBLEM, "Correct it, or unset it.")


def _ca_file(path: str, place: str) -> Finding:
    try:
        count = len(ssl.create_default_context(cafile=path).get_ca_certs())
    except FileNotFoundError:
        why = "does not exist"
    except ssl.SSLError:
        why = "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
    except OSError as error:
        why = f"cannot be read ({error.strerror or type(error).__name__})"
    except ValueError:
        why = "has a name that no file can have"
    else:
        return Finding(SUBJECT, f"{place}: {path}, {count} certificate{'' if count == 1 else 's'}.")
    what = f"{place} is {path}, which {why}: no server is trusted with it."
    return Finding(SUBJECT, what, Verdict.PROBLEM, "Correct it, or take it out.")


def _own(endpoint: Endpoint) -> Iterator[Finding]:
    name = endpoint.provider
    if endpoint.proxy.strip().lower() == "none":
        yield Finding(SUBJECT, f"{name} is reached without a proxy.")
    elif endpoint.proxy:
        yield _proxy(
            endpoint.proxy,
            f"proxy of {name}",
            "cannot be used",
            f'Write it as "http://HOST:PORT", or as "none", under [providers.{name}].',
        )
    if endpoint.ca_file:
        yield _ca_file(endpoint.ca_file, f"ca_file of {name}")
