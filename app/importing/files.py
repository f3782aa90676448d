"""From a file to what it says. The only place here that opens one."""

from __future__ import annotations

import codecs
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from app.importing.documents import LONGEST, shown_name
from app.importing.reading import read_import
from app.importing.values import Imported, ImportFailed

if TYPE_CHECKING:
    from providers.catalogue.loader import Catalogue

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Longest first where one starts like another; what Windows writes when output is redirected is UTF-16."""


def import_file(path: Path, catalogue: Catalogue | None = None) -> Imported:
    """Read the configuration of another program. Raises: ImportFailed."""
    name = shown_name(str(path))
    content = b""
    failed: ImportFailed | None = None
    try:
        if path.is_dir():
            failed = ImportFailed(f"{name} is a directory.", "Give the file in it that holds the providers.")
        elif path.exists() and not path.is_file():
            failed = ImportFailed(f"{name} is not a regular file.", "Save what it gives into a file first.")
        else:
            with path.open("rb") as file:
                content = file.read(LONGEST + 1)
    except FileNotFoundError:
        failed = ImportFailed(f"There is no file {name}.", "Check the path.")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no path"
        failed = ImportFailed(f"{name} cannot be read: {reason}.", "Check the path and its permissions.")
    if failed is not None:
        raise failed
    return import_bytes(content, str(path), catalogue)


def import_bytes(content: bytes, file_name: str, catalogue: Catalogue | None = None) -> Imported:
    """The same for what a file held. Raises: ImportFailed."""
    name = shown_name(file_name)
    if len(content) > LONGEST:
        raise ImportFailed(f"{name} is too large for a configuration.", "Files of up to 4 MB are read.")
    bom, encoding = next((pair for pair in _BOMS if content.startswith(pair[0])), (b"", "utf-8"))
    text: str | None = None
    with contextlib.suppress(UnicodeDecodeError):
        text = content[len(bom) :].decode(encoding)
    if text is None:
        if b"\0" in content:
            raise ImportFailed(f"{name} is not a text file.", "Give the configuration file of another program.")
        raise ImportFailed(f"{name} is not in UTF-8.", "Save it in UTF-8 and import it again.")
    return read_import(text, file_name, catalogue)
