"""What is seen when another model answers than the one that was asked."""

from __future__ import annotations

from pathlib import Path

from providers.connection import ConnectionState
from tests.app.opened import QUIET, Opened, opened
from tests.providers.recording import Answer, RecordingServer, models

CHUNK = 'data: {{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}\n\n'
END = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
SAID = "first/house could not answer"


def config(server: RecordingServer) -> str:
    tables = "".join(
        f'[providers.{name}]\ntype = "openai-compat"\nbase_url = "{server.url}/{name}"\nretries = 0\n'
        for name in ("first", "spare")
    )
    return f'default_model = "first/house"\nfallback_model = "spare/house"\n{QUIET}{tables}'


def script(spare: Answer) -> dict[str, Answer]:
    busy = Answer({"error": {"message": "Busy."}}, 529)
    return {
        "/first/models": models("house"),
        "/spare/models": models("house"),
        "/first/v1/models": models("house"),
        "/spare/v1/models": models("house"),
        "/first/chat/completions": busy,
        "/first/v1/chat/completions": busy,
        "/spare/chat/completions": spare,
        "/spare/v1/chat/completions": spare,
    }


async def connected(shell: Opened) -> None:
    connection = shell.connections.roster.connection
    await shell.until(lambda: all(connection(name).state is ConnectionState.CONNECTED for name in ("first", "spare")))


async def test_the_switch_is_said_before_the_other_model_has_answered(tmp_path: Path) -> None:
    slow = Answer(CHUNK.format(text="Hello") + END, content_type="text/event-stream", delay_s=1.5)
    with RecordingServer(script(slow)) as server:
        async with opened(tmp_path, config(server)) as shell:
            await connected(shell)
            await shell.ask("hi")
            await shell.until_shown(SAID)
            assert shell.app.runs.running
            shell.chat.show_chat(shell.chat.chat)
            await shell.until_shown(SAID)
            assert shell.app.runs.running
            await shell.until_shown("Hello")
            await shell.until_idle()
            text = shell.shown()
            assert text.count(SAID) == 1
            assert text.index("Hello") < text.index(SAID)


async def test_a_fallback_that_was_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    with RecordingServer(script(Answer("", delay_s=3))) as server:
        async with opened(tmp_path, config(server)) as shell:
            await connected(shell)
            await shell.ask("hi")
            await shell.until_shown(SAID)
            await shell.press("escape")
            await shell.until_idle()
            assert shell.draft == "hi"
            assert SAID not in shell.shown()
            assert shell.chat.pane.is_empty
