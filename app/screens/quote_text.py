"""What is said about the next turn: pure functions from quotes to words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content

from app import format as fmt
from app.text import one_line
from providers.costs import CostStatus

if TYPE_CHECKING:
    from app.session.quote import Quote
    from app.session.switching import Switch

_DIM, _NEAR, _OVER = "$text-muted", "$text-warning", "$text-error"
_NEAR_TIER, _NEARLY_FULL, _LEAST_SHARE = 0.9, 0.9, 0.01


def quote_versions(quote: Quote) -> tuple[Content, ...]:
    """The line under the composer, in less and less room: what matters least goes first."""
    if not quote.input_tokens:
        return ()
    sent = f"{fmt.tokens(quote.input_tokens)} tokens"
    cached = f"{sent}, {fmt.tokens(quote.cached_tokens)} cached" if quote.cached_tokens else sent
    cost, least = _range(quote), fmt.cost(quote.least)
    context, warning, short = _context(quote), *_warnings(quote)
    versions = (
        (cached, f"this turn {cost}", warning, context),
        (sent, f"this turn {cost}", warning, context),
        (f"this turn {cost}", warning, context),
        (cost, warning, context),
        (cost, warning),
        (cost, short),
        (least, short),
        (short or least,),
    )
    return tuple(dict.fromkeys(_joined(parts) for parts in versions))


def next_turn_figure(quote: Quote) -> Content:
    """One figure for a model among others, in at most nine cells: with a reply of the usual length."""
    if not quote.fits:
        return Content.styled("too small", _OVER)
    if quote.typical.status is CostStatus.FLAT:
        return Content.styled("flat rate", _DIM)
    if quote.typical.is_untracked:
        return Content.styled(fmt.UNTRACKED_SHORT, _DIM)
    return Content.styled(fmt.usd(quote.typical.usd, _without_mark(quote.typical.status)), _DIM)


def next_turn_parts(quote: Quote, *, has_figure: bool = True) -> tuple[Content, ...]:
    """The same figure and what it stands for; nothing where nobody knows it, or where the turn cannot be sent.

    Args:
        has_figure: False where the figure is said already.
    """
    if not quote.fits or quote.typical.usd is None:
        return ()
    cached = f", {fmt.tokens(quote.cached_tokens)} cached" if quote.cached_tokens else ""
    counts = f"{fmt.tokens(quote.input_tokens)} tokens in{cached}, {fmt.tokens(quote.typical_output)} out"
    cost = f"next turn {fmt.cost(quote.typical)}" if has_figure else ""
    return tuple(Content.styled(part, _DIM) for part in (cost, counts) if part)


def switch_sentence(switch: Switch, name: str) -> Content:
    """What the next turn has to do with a change of models, in one line; empty when nothing is to be said.

    Args:
        name: of the other model, or of its provider.
    """
    name = one_line(name)
    if not switch.then.fits:
        return Content.styled(f"{name}: this conversation {_too_long(switch.then)}", _OVER)
    if switch.lost_calls:
        return Content.styled(f"{name} takes no calls of tools; this conversation has {switch.lost_calls}", _NEAR)
    if switch.now is None or switch.now.ref == switch.then.ref:
        return Content()
    figures = _both_figures(switch)
    if not figures and not switch.loses_cache:
        return Content()
    cache, color = (" loses the cache", _NEAR) if switch.loses_cache else ("", _DIM)
    cost = f": next turn {figures}" if figures else ""
    return Content.styled(f"switching to {name}{cache}{cost}", color)


def switch_parts(switch: Switch, name: str) -> tuple[Content, ...]:
    """What a change of models means for the next turn, and what that is made of; each figure once.

    Args:
        name: as for `switch_sentence`.
    """
    sentence = switch_sentence(switch, name)
    figures = _both_figures(switch)
    has_figure = not (figures and sentence.plain.endswith(figures))
    return (*((sentence,) if sentence else ()), *next_turn_parts(switch.then, has_figure=has_figure))


def reasons_to_ask(switch: Switch, *, is_made: bool = False) -> tuple[str, ...]:
    """What there is to know about a change of models, a sentence each.

    Args:
        is_made: it is not asked about: the other model is the one in use by now.
    """
    sentences = []
    if not switch.then.fits:
        sentences.append(f"This conversation {_too_long(switch.then)} tokens. The server would refuse it.")
    if switch.lost_calls:
        sentences.append(f"The model takes no calls of tools, and this conversation has {switch.lost_calls} of them.")
    if switch.then.fits and switch.loses_cache:
        sentences.append("The cache is lost." if is_made else "Switching loses the cache.")
    if switch.then.fits and (figures := _both_figures(switch, *(("before", "now") if is_made else ("here", "there")))):
        sentences.append(f"The next turn {figures}.")
    return tuple(sentences)


def _both_figures(switch: Switch, here: str = "here", there: str = "there") -> str:
    """`≈ $0.0022 here, ≈ $0.0391 there`: as the rows of the picker have them; "" where they do not differ or one of
    them is unknown.
    """
    if switch.now is None or not switch.extra:
        return ""
    return f"{fmt.cost(switch.now.typical)} {here}, {fmt.cost(switch.then.typical)} {there}"


def _range(quote: Quote) -> str:
    """From the shortest reply to the longest: `≈ $0.0021 to $0.0310`, `free`, `—`."""
    least = fmt.cost(quote.least)
    if quote.least.status is not CostStatus.ESTIMATED:
        return least
    if quote.most.usd is None:
        return f"{least} and more"
    most = fmt.usd(quote.most.usd)
    return least if least.endswith(f" {most}") else f"{least} to {most}"


def _context(quote: Quote) -> Content:
    share = quote.context.share
    if share is None or not quote.fits:
        return Content()
    percent = f"{share:.0%}".replace("%", " %") if share >= _LEAST_SHARE else "< 1 %"
    return Content.styled(f"context {percent}", _NEAR if share >= _NEARLY_FULL else _DIM)


def _warnings(quote: Quote) -> tuple[Content, Content]:
    """What somebody should know before sending this, in full and in short; nothing where all is well."""
    if not quote.fits:
        whole = Content.styled(_too_long(quote), _OVER)
        return whole, whole
    if quote.tier is not None:
        edge, times = fmt.tokens(quote.tier), _times(quote, quote.tier)
        return (
            Content.styled(f"above {edge} the whole turn costs {times}", _NEAR),
            Content.styled(f"above {edge}: {times}", _NEAR),
        )
    if quote.next_tier is not None and quote.input_tokens >= quote.next_tier * _NEAR_TIER:
        edge, times = fmt.tokens(quote.next_tier), _times(quote, quote.next_tier)
        return (
            Content.styled(f"near {edge}, above which the whole turn costs {times}", _NEAR),
            Content.styled(f"near {edge}", _NEAR),
        )
    return Content(), Content()


def _times(quote: Quote, edge: int) -> str:
    """How much dearer a token of input is above an edge than below it."""
    rates = quote.rates
    below, above = (rates.for_input(edge).input, rates.for_input(edge + 1).input) if rates else (None, None)
    if not below or above is None or above <= below:
        return "more"
    factor = (above / below).quantize(Decimal("0.1")).normalize()
    return "twice" if factor == 2 else f"{factor:f} times as much"


def _too_long(quote: Quote) -> str:
    return f"does not fit: {fmt.tokens(quote.input_tokens)} of {fmt.tokens(quote.context.window)}"


def _without_mark(status: CostStatus) -> CostStatus:
    """All figures of the column are estimates: its heading says so."""
    return CostStatus.COMPUTED if status is CostStatus.ESTIMATED else status


def _joined(parts: tuple[str | Content, ...]) -> Content:
    shown = [Content.styled(part, _DIM) if isinstance(part, str) else part for part in parts if part]
    return Content.styled(" · ", _DIM).join(shown)
