"""The rules of the house, held by reading the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers import PUBLIC

ROOT = Path(__file__).parents[1]
SOURCES = sorted((*ROOT.glob("app/**/*.py"), *ROOT.glob("providers/**/*.py"), ROOT / "parley.py"))
LONGEST_FILE = 400

# Which packages a folder may import, beside the standard library and itself. The first match wins.
FORBIDDEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("providers/http.py", ("app", "textual")),
    ("providers/http_errors.py", ("app", "textual")),
    ("providers/", ("app", "textual", "httpx", "keyring", "platformdirs")),
    (
        "app/config/",
        (
            "textual",
            "httpx",
            "app.storage",
            "app.keys",
            "app.importing",
            "app.connections",
            "app.session",
            "app.doctor",
            "app.transcript",
            "app.screens",
            "app.widgets",
            "app.cli",
        ),
    ),
    (
        "app/storage/",
        (
            "textual",
            "httpx",
            "app.keys",
            "app.importing",
            "app.connections",
            "app.session",
            "app.doctor",
            "app.transcript",
            "app.screens",
            "app.widgets",
            "app.cli",
        ),
    ),
    (
        "app/keys/",
        (
            "textual",
            "httpx",
            "app.storage",
            "app.importing",
            "app.connections",
            "app.session",
            "app.transcript",
            "app.screens",
            "app.widgets",
            "app.cli",
        ),
    ),
    (
        "app/importing/",
        (
            "textual",
            "httpx",
            "app.storage",
            "app.keys",
            "app.connections",
            "app.session",
            "app.doctor",
            "app.transcript",
            "app.screens",
            "app.widgets",
            "app.cli",
        ),
    ),
    (
        "app/connections/",
        (
            "textual",
            "httpx",
            "app.storage",
            "app.session",
            "app.doctor",
            "app.transcript",
            "app.screens",
            "app.widgets",
            "app.cli",
        ),
    ),
    (
        "app/session/",
        ("textual", "httpx", "app.doctor", "app.transcript", "app.screens", "app.widgets", "app.cli"),
    ),
    (
        "app/reconciling/",
        (
            "textual",
            "httpx",
            "app.keys",
            "app.importing",
            "app.connections",
            "app.session",
            "app.doctor",
            "app.transcript",
            "app.screens",
            "app.widgets",
            "app.cli",
        ),
    ),
    (
        "app/doctor/",
        ("textual", "httpx", "app.session", "app.transcript", "app.screens", "app.widgets", "app.cli"),
    ),
    (
        "app/transcript/",
        ("httpx", "app.session", "app.doctor", "app.storage", "app.config", "app.screens", "app.widgets", "app.cli"),
    ),
    ("app/widgets/", ("httpx", "app.session", "app.doctor", "app.storage", "app.config", "app.screens", "app.cli")),
    ("app/screens/", ("httpx", "app.storage.database", "app.cli", "app.app")),
    ("app/cli/", ("httpx", "app.screens", "app.widgets")),
    ("app/", ("httpx",)),
)

# Inside providers/ imports point down this list; a name stands for itself and everything below it.
LAYERS = (
    ("providers.amounts", "providers.reference", "providers.usage", "providers.errors"),
    ("providers.costs", "providers.messages", "providers.events", "providers.tokens", "providers.han_pairs"),
    ("providers.decoders",),
    ("providers.catalogue.quirks",),
    ("providers.request", "providers.credentials"),
    ("providers.catalogue",),
    ("providers.failures", "providers.formats", "providers.key_hints"),
    ("providers.retry", "providers.connection", "providers.adjust", "providers.proxies", "providers.tls"),
    ("providers.http_errors",),
    ("providers.http",),
    ("providers.asking", "providers.curl", "providers.ranks"),
    ("providers.check", "providers.counting", "providers.discovery"),
    ("providers.probe",),
    ("providers.client",),
    ("providers.demo",),
)

BROAD_EXCEPTS_ALLOWED: frozenset[str] = frozenset(
    {
        "app/keys/calls.py",
        "app/threads.py",
        "app/turns.py",
        "app/transcript/colours.py",
        "app/widgets/transcript_growing.py",
    }
)
"""The doors: from the session to the screen, and around the code of third parties (callbacks, keychains)."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, *, at_run_time_only: bool = False) -> Iterator[str]:
    """Every module a file imports, at whatever depth.

    Args:
        at_run_time_only: leave out what stands under `if TYPE_CHECKING`.
    """
    tree = ast.parse(path.read_text("utf-8"))
    skipped: set[ast.AST] = set()
    if at_run_time_only:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                skipped.update(inner for child in node.body for inner in ast.walk(child))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_folder_imports_only_what_lies_below_it(path: Path) -> None:
    name = relative(path)
    forbidden = next((names for prefix, names in FORBIDDEN if name.startswith(prefix)), ())
    found = [
        module
        for module in imports(path, at_run_time_only=True)
        if any(module == bad or module.startswith(f"{bad}.") for bad in forbidden)
    ]
    assert not found, f"{name} imports {', '.join(found)}"


@pytest.mark.parametrize("path", [path for path in SOURCES if relative(path).startswith("app/")], ids=relative)
def test_the_app_comes_in_through_the_door_of_providers(path: Path) -> None:
    behind_the_door = {name for name in imports(path) if name.startswith("providers")} - PUBLIC
    assert not behind_the_door, f"{relative(path)} imports {', '.join(behind_the_door)}"


def test_nothing_is_public_that_nobody_uses() -> None:
    used = {name for path in SOURCES if relative(path).startswith("app/") for name in imports(path)}
    assert used >= PUBLIC


def layer_of(module: str) -> int | None:
    ranks = [
        (len(name), rank)
        for rank, names in enumerate(LAYERS)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    return max(ranks)[1] if ranks else None


@pytest.mark.parametrize("path", [path for path in SOURCES if relative(path).startswith("providers/")], ids=relative)
def test_imports_inside_providers_point_down(path: Path) -> None:
    module = relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    own = layer_of(module)
    if own is None:
        assert module == "providers", f"{module} has no layer in this test"
        return
    for imported in imports(path, at_run_time_only=True):
        rank = layer_of(imported)
        assert rank is None or rank <= own, f"{module} imports {imported}, which lies above it"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_file_grows_over_its_limit(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{relative(path)} has {lines} lines: it holds more than one job"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_broad_excepts_stand_only_at_the_two_doors(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            is_broad = caught in ("everything", "Exception", "BaseException")
            assert not is_broad or relative(path) in BROAD_EXCEPTS_ALLOWED, (
                f"{relative(path)}:{node.lineno} catches {caught}"
            )


def test_there_are_no_import_cycles_at_run_time() -> None:
    modules = {relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in SOURCES}
    tops: dict[str, set[str]] = {}
    for name, path in modules.items():
        tree = ast.parse(path.read_text("utf-8"))
        tops[name] = {
            target
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.module
            for target in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
            if target in modules and target != name
        }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name in done:
            return
        for target in sorted(tops[name]):
            visit(target, (*trail, name))
        done.add(name)

    for name in modules:
        visit(name, ())


def loaded_by(code: str) -> set[str]:
    """The top-level modules in memory after running `code` in a new process."""
    script = f"{code}\nimport sys\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(result.stdout.splitlines()[-1].split())


def test_importing_providers_loads_neither_textual_nor_httpx() -> None:
    loaded = loaded_by("import providers")
    assert not loaded & {"textual", "httpx", "pydantic", "pydantic_core", "keyring", "tiktoken"}


def test_asking_for_the_version_loads_nothing_heavy() -> None:
    loaded = loaded_by("import parley; parley.main.__globals__['sys'].argv[1:] = ['--version']; parley.main()")
    assert not loaded & {"textual", "httpx", "pydantic", "asyncio", "rich", "keyring", "sqlite3"}


def test_asking_does_not_load_textual(tmp_path: Path) -> None:
    loaded = loaded_by(
        "import parley, sys, io; sys.stdin = io.StringIO('');"
        f"sys.argv[1:] = ['--demo', '--home', {str(tmp_path)!r}, 'ask', '-m', 'chat/eliza', 'Hello']; parley.main()"
    )
    assert "httpx" in loaded
    assert not loaded & {"textual", "keyring", "tiktoken"}
