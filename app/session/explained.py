"""The provenance of a reply in words and figures: for the transcript, for the terminal and for files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from app import format as fmt
from app.aligned import aligned
from app.session.provenance import BUCKET_WORDS, Provenance
from app.storage.records import LedgerRow, RequestKind
from app.text import one_line
from providers.costs import Bucket, CostStatus, Portion
from providers.events import StopReason

_NOT_SAID = "not said"
_KINDS = {RequestKind.REPLY: "reply", RequestKind.COUNT: "count of tokens"}
_SOURCES = {"config": "config.toml", "server": "the server's list of models", "catalogue": "Parley's catalogue"}
_STOPS = {
    None: "still arriving",
    StopReason.STOP: "complete",
    StopReason.LENGTH: "cut off at its token limit",
    StopReason.TOOL_CALLS: "complete, with tool calls",
    StopReason.CONTENT_FILTER: "cut off by the content filter",
    StopReason.REFUSAL: "declined by the model",
    StopReason.CANCELLED: "stopped",
    StopReason.INCOMPLETE: "broken off",
    StopReason.ERROR: "failed",
}


class Line(NamedTuple):
    """One line: a name, and beside it cells that stand in columns, or a text that may be long.

    Foreign text in it is one line and printable.
    """

    name: str
    text: str = ""
    cells: tuple[str, ...] = ()


def explained(of: Provenance, zone: tzinfo | None = None) -> tuple[Line, ...]:
    """All there is to say.

    Args:
        zone: in which moments are told; None takes this machine's.
    """
    return (
        *_sum(of),
        *_rates(of),
        *_request(of, zone),
        *_attempts(of),
        *(Line("note", one_line(notice)) for notice in of.notices),
    )


def as_text(lines: Sequence[Line]) -> list[str]:
    """The lines as plain text, names and figures in columns."""
    room = max((len(line.name) for line in lines), default=0)
    figures = iter(aligned([line.cells for line in lines if line.cells]))
    return [f"{line.name:<{room}}  {next(figures) if line.cells else line.text}".rstrip() for line in lines]


def summary(of: Provenance) -> str:
    """In a few words: cost, and tokens in and out."""
    mark = "" if of.usage.is_reported else "≈ "
    counts = f"{mark}{fmt.tokens(of.counted.input_tokens)} in · {fmt.tokens(of.counted.output_tokens)} out"
    return f"{fmt.cost(of.cost)} · {counts}"


def _sum(of: Provenance) -> Iterator[Line]:
    """6,000 × $3/M = $0.0180, one line for each kind of tokens, and the cost below them."""
    runs = 0
    for portion in of.portions:
        if portion.bucket is Bucket.INPUT and of.counted.runs:
            runs += 1
            yield Line(f"run {runs}")
        if portion.bucket is Bucket.WRITE_1H and portion.tokens is None:
            continue  # Only one provider tells long cache writes from short ones.
        yield Line(_name(of, portion), cells=_cells(of, portion))
    yield Line("  reasoning", cells=(_count(of.usage.reasoning_tokens), "", "", "", ""))
    yield Line("cost", cells=("", "", "", "", fmt.cost(of.cost)))
    yield Line("", _exactly(of) + one_line(of.why))


def _name(of: Provenance, portion: Portion) -> str:
    tells_hours = any(each.bucket is Bucket.WRITE_1H and each.tokens is not None for each in of.portions)
    if portion.bucket is Bucket.WRITE and tells_hours:
        return f"{BUCKET_WORDS[portion.bucket]} 5m"
    return BUCKET_WORDS[portion.bucket]


def _cells(of: Provenance, portion: Portion) -> tuple[str, ...]:
    is_ours = portion.bucket in (Bucket.INPUT, Bucket.OUTPUT) and (
        (of.usage.input_tokens if portion.bucket is Bucket.INPUT else of.usage.output_tokens) is None
    )
    count = _count(portion.tokens, is_ours=is_ours)
    is_charged = bool(portion.tokens) and of.cost.usd != 0
    if portion.rate is None or not is_charged:
        return (count, "", "", "", "")
    rate = f"${fmt.rate(portion.rate)}/M".replace("$≈", "≈$")
    return (count, "×", rate, *(("=", fmt.usd(portion.usd)) if of.adds_up else ("", "")))


def _count(tokens: int | None, *, is_ours: bool = False) -> str:
    if tokens is None:
        return _NOT_SAID
    return f"≈ {tokens:,}" if is_ours else f"{tokens:,}"


def _exactly(of: Provenance) -> str:
    """Every digit, where the cost above has fewer."""
    if not of.cost.usd:
        return ""
    exact = f"${of.cost.usd.normalize():f}"
    shown = fmt.usd(of.cost.usd)
    return "" if exact.rstrip("0") == shown.rstrip("0") else f"{exact}: "


def _rates(of: Provenance) -> Iterator[Line]:
    rates = of.rates
    if rates is None:
        yield Line("rates", "no price is known" if of.cost.status is not CostStatus.REPORTED else "not needed")
    else:
        parts = [_SOURCES.get(rates.source, one_line(rates.source)) or "of unknown origin"]
        if rates.checked:
            parts[0] += f", read on {rates.checked.isoformat()}"
        if of.tier is not None:
            parts.append(f"those for more than {of.tier.above_input:,} tokens of input")
        yield Line("rates", "; ".join(parts))
    if of.usage.service_tier:
        yield Line("tier", one_line(of.usage.service_tier))


def _request(of: Provenance, zone: tzinfo | None) -> Iterator[Line]:
    yield Line("model", one_line(str(of.ref)))
    asked = [_KINDS[of.kind], of.format and f"over {of.format}"]
    if of.started_at is not None:
        asked.append(f"sent {of.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}")
    yield Line("request", " ".join(filter(None, asked)))
    yield Line("time", _time(of))
    ended = _STOPS[of.stop]
    if of.raw_stop and of.raw_stop != (of.stop.value if of.stop else ""):
        ended += f" ({one_line(of.raw_stop)})"
    if of.error:
        ended += f": {one_line(of.error)}"
    yield Line("ended" if of.stop else "state", ended)


def _time(of: Provenance) -> str:
    parts = []
    if of.first_token_ms is not None:
        parts.append(f"first token after {fmt.duration(of.first_token_ms)}")
    if of.generating_ms and of.counted.output_tokens:
        mark = "≈ " if of.usage.output_tokens is None else ""
        parts.append(mark + fmt.speed(of.counted.output_tokens, of.generating_ms))
    if of.total_ms is not None:
        parts.append(f"{fmt.duration(of.total_ms)} in all")
    return " · ".join(parts) or fmt.UNKNOWN


def _attempts(of: Provenance) -> Iterator[Line]:
    for row in of.earlier:
        yield Line(f"attempt {row.attempt}", _attempt(of, row))
    figures = of.money
    if figures is not None:
        total = fmt.total_usd(
            figures.usd,
            estimated=figures.estimated_usd,
            unpriced=figures.unpriced_requests,
            untracked=figures.untracked_requests,
            is_free=figures.is_free,
        )
        yield Line("together", f"{total} for {figures.requests} attempts")


def _attempt(of: Provenance, row: LedgerRow) -> str:
    parts = [fmt.cost(row.cost), fmt.duration(row.total_ms), one_line(row.error)]
    if (row.provider, row.model) != (of.ref.provider, of.ref.model):
        parts.insert(0, one_line(f"{row.provider}/{row.model}"))
    return " · ".join(filter(None, parts))
