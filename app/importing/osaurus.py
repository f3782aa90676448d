"""`remote.json` of Osaurus (https://github.com/osaurus-ai/osaurus): host, protocol, port and path apart.

Keys and the values of secret headers are in the macOS Keychain, not in the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.config.check import is_header_name
from app.importing.addresses import wire_of
from app.importing.drafts import Draft, Reading
from app.importing.names import slug
from app.importing.tables import Table, shown
from app.importing.unsupported import OAUTH, UNSUPPORTED
from providers.catalogue.records import ModelInfo
from providers.request import WireFormat

_KIND_BY_TYPE: Mapping[str, str] = {
    "": "openai-compat",
    "openai": "openai-compat",
    "azureOpenAI": "azure",
    "anthropic": "anthropic",
    "openResponses": "openai-responses",
    "gemini": "gemini",
}
_USUAL_PATH = "/v1"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_osaurus(content: object) -> bool:
    rows = _rows(content)
    return bool(rows) and all(
        isinstance(row, Mapping) and "host" in row and bool({"providerProtocol", "basePath", "authType"} & set(row))
        for row in rows
    )


def read_osaurus(content: object) -> Reading:
    rows = Table({"providers": _rows(content)}).tables("providers", apart=True)
    beside = Table(content if isinstance(content, Mapping) and "providers" in content else {})
    beside.skip("providers")
    return Reading([_draft(table) for table in rows], left_out=list(beside.left_out()))


def _rows(content: object) -> list[object]:
    if isinstance(content, Mapping):
        rows = content.get("providers", [content])
        return rows if isinstance(rows, list) else []
    return content if isinstance(content, list) else []


def _draft(table: Table) -> Draft:
    label = table.text("name")
    kind = table.text("providerType")
    draft = Draft(slug(label), _KIND_BY_TYPE.get(kind, ""), label=label, refusal=UNSUPPORTED.get(kind, ""))
    draft.wire = WireFormat.OPENAI_RESPONSES if kind == "openResponses" else wire_of(draft.kind)
    if not draft.kind and not draft.refusal:
        draft.refusal = f"its type {shown(kind)} is unknown here"
    draft.read_address(_address(table))
    auth = table.text("authType")
    if auth == "none":
        draft.auth = "none"
    elif auth == "apiKey":
        draft.key_is_kept("in the macOS Keychain")
    elif auth:
        draft.refusal = draft.refusal or OAUTH
    draft.enabled = table.flag("enabled") is not False
    draft.auto_connect = table.flag("autoConnect") is not False
    draft.timeout = table.seconds("timeout")
    draft.read_headers(table.string_table("customHeaders"))
    draft.secret_header_names = tuple(name for name in table.texts("secretHeaderKeys") if is_header_name(name))
    if draft.secret_header_names:
        draft.notes.append(
            "the values of its secret headers are in the macOS Keychain: give them with `parley keys set`"
        )
    draft.models = [ModelInfo(model_id) for model_id in table.texts("manualModelIds")]
    table.skip("id", "remoteAgentId", "remoteAgentAddress")
    draft.finish(table)
    return draft


def _address(table: Table) -> str:
    """One URL from its parts. The host may bring a port and a path of its own."""
    protocol = table.text("providerProtocol", "protocol").lower() or "https"
    host, slash, path_of_host = table.text("host").partition("/")
    port = table.count("port")
    if port is not None and port != _DEFAULT_PORTS.get(protocol) and not _has_port(host):
        host = f"{host}:{port}"
    base_path = table.text("basePath") if "basePath" in table else _USUAL_PATH
    path = f"{slash}{path_of_host}".rstrip("/") + f"/{base_path.strip('/')}"
    return f"{protocol}://{host}{path}".rstrip("/")


def _has_port(host: str) -> bool:
    _, colon, port = host.rpartition(":")
    return bool(colon) and port.isdigit()
