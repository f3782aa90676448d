"""How tokens are counted before a server says how many there were."""

from __future__ import annotations

from pathlib import Path

from app import format as fmt
from app.doctor.findings import Finding, Verdict

SUBJECT = "Tokens"


def token_ranks(folder: Path) -> Finding:
    """Whether exact counts are possible for some models."""
    try:
        sizes = [file.stat().st_size for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []
    except OSError as error:
        return Finding(
            SUBJECT,
            f"The token ranks in {folder} cannot be read ({error.strerror}): estimates are used, marked ≈.",
            Verdict.WARNING,
            "Check the rights of the folder.",
        )
    if not sizes:
        return Finding(SUBJECT, "There are no token ranks here: estimates are used, marked ≈.", Verdict.NOTE)
    files = "1 file" if len(sizes) == 1 else f"{len(sizes)} files"
    return Finding(SUBJECT, f"Token ranks: {files}, {fmt.size(sum(sizes))}, in {folder}.")
