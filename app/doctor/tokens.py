"""How tokens are counted before a server says how many there were."""

from __future__ import annotations

from app import format as fmt
from app.connections.token_ranks import RanksState
from app.doctor.findings import Finding, Verdict

SUBJECT = "Tokens"


def token_ranks(state: RanksState, *, may_download: bool) -> Finding:
    """Whether the tokens of OpenAI's models are counted as OpenAI does.

    Args:
        may_download: whether the settings allow that the rank file is fetched when it is needed.
    """
    if state.is_good:
        size = fmt.size(state.size or 0)
        return Finding(
            SUBJECT, f"The tokens of OpenAI's models are counted with OpenAI's ranks ({size}, {state.path}); others ≈."
        )
    if state.is_good is False:
        return Finding(
            SUBJECT,
            f"The rank file {state.path} is not used. {state.trouble} Estimates are used, marked ≈.",
            Verdict.WARNING,
            "`parley tokens remove` removes it, `parley tokens install --download` fetches the right one.",
        )
    said = "There is no rank file of OpenAI's here: all tokens are estimated, marked ≈."
    if state.trouble:
        advice = "`parley tokens install --download` tries again, `parley tokens install FILE` takes a file you have."
        return Finding(SUBJECT, f"{said} It could not be downloaded: {state.trouble}", Verdict.WARNING, advice)
    wanted = (
        "It is downloaded when a model of OpenAI's is used."
        if may_download
        else "`parley tokens install FILE` takes a file that you have."
    )
    return Finding(SUBJECT, said, Verdict.NOTE, wanted)
