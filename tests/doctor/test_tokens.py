"""What the doctor says of token counts."""

from __future__ import annotations

from pathlib import Path

from app.connections.token_ranks import TokenRanks
from app.doctor.findings import Finding, Verdict
from app.doctor.tokens import token_ranks
from providers.ranks import WrongRanks
from tests.providers.tiny_ranks import published, rank_file

DATA = rank_file()


def found(ranks: TokenRanks, *, may_download: bool = True) -> Finding:
    return token_ranks(ranks.state(), may_download=may_download)


def test_each_state_of_the_rank_file_has_its_verdict(tmp_path: Path) -> None:
    ranks = TokenRanks(tmp_path / "tokens", published(DATA))
    nothing = found(ranks)
    assert (nothing.verdict, "is downloaded when" in nothing.advice) == (Verdict.NOTE, True)
    assert "parley tokens install FILE" in found(ranks, may_download=False).advice
    ranks.note_trouble(WrongRanks("It was a login page"))
    failed = found(ranks)
    assert (failed.verdict, "It was a login page" in failed.what) == (Verdict.WARNING, True)
    ranks.install(DATA)
    assert found(ranks).verdict is Verdict.OK
    ranks.path.write_bytes(b"damaged")
    damaged = found(ranks)
    assert (damaged.verdict, "parley tokens remove" in damaged.advice) == (Verdict.WARNING, True)
