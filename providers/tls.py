"""Which certificates are trusted, and what a certificate says about itself."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from providers.errors import BadConfig

_LOOK_TIMEOUT_S = 3.0
_MOST_NAMES = 4


class Trust:
    """TLS contexts, one for each file of certificates: loading them is slow.

    Args:
        environ: SSL_CERT_FILE and SSL_CERT_DIR in it take the place of the usual certificates.
        usual: makes the context for everybody else.
    """

    def __init__(self, environ: Mapping[str, str], usual: Callable[[], ssl.SSLContext]) -> None:
        self._environ = environ
        self._usual = usual
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._loading = asyncio.Lock()

    async def loaded(self, ca_file: str = "") -> ssl.SSLContext:
        """As `context`, but made in a thread: it takes some 100 ms. Raises: BadConfig."""
        async with self._loading:
            return await asyncio.to_thread(self.context, ca_file)

    def context(self, ca_file: str = "") -> ssl.SSLContext:
        """The context that trusts what is in a file, or the usual certificates.

        Raises: BadConfig, when the file holds no certificates; a file that was corrected is read again.
        """
        context = self._contexts.get(ca_file)
        if context is None:
            context = _from_file(ca_file, "the provider's ca_file") if ca_file else self._by_environment()
            self._contexts[ca_file] = context
        return context

    def _by_environment(self) -> ssl.SSLContext:
        file, folder = (self._environ.get(name, "").strip() for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
        if folder and not Path(folder).is_dir():
            raise BadConfig(f"SSL_CERT_DIR is {folder}, which is no folder.", "Correct it, or unset it.")
        if file:
            context = _from_file(file, "SSL_CERT_FILE")
            if folder:
                context.load_verify_locations(capath=folder)
            return context
        return ssl.create_default_context(capath=folder) if folder else self._usual()


def no_trust() -> ssl.SSLContext:
    """A context for connections without TLS, which costs nothing to make."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _from_file(path: str, place: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except FileNotFoundError:
        problem = "does not exist"
    except ssl.SSLError:
        problem = "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
    except ValueError:
        problem = "has a name that no file can have"
    raise BadConfig(f"The certificate file {path} {problem}.", f"Correct {place}.")


async def names_in_certificate(host: str, port: int) -> tuple[str, ...]:
    """The hosts that a server's certificate is for; empty when it does not show one.

    Only a handshake: nothing is sent, and nobody is trusted.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_LOOK_TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
            try:
                shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return ()
    return _names(shown) if shown else ()


def _names(certificate: bytes) -> tuple[str, ...]:
    from cryptography import x509

    try:
        parsed = x509.load_der_x509_certificate(certificate)
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return ()
    hosts = names.get_values_for_type(x509.DNSName)
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return tuple((*hosts, *addresses)[:_MOST_NAMES])
