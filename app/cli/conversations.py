"""`parley conversations`: list, show, search, export and delete what was said."""

from __future__ import annotations

import argparse
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from app.cli.context import CliContext
from app.cli.output import Column, note, table, write, write_json
from app.cli.parser import positive

if TYPE_CHECKING:
    from app.session.archive import Archive
    from app.storage.records import Conversation, StoredMessage
    from app.storage.store import Store

_ID_HELP = "the id of a conversation, or a beginning or end of it that no other has"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="all conversations, the newest change first")
    listing.add_argument("--limit", metavar="N", type=positive, help="the newest N only")
    showing = actions.add_parser("show", help="one conversation, with who wrote what and what it cost")
    searching = actions.add_parser("search", help="conversations that hold all these words")
    searching.add_argument("words", nargs="+", metavar="QUERY", help="words, or how they begin")
    exporting = actions.add_parser("export", help="one conversation as a file, to stdout")
    exporting.add_argument("--format", choices=("md", "json"), default="md", help="Markdown (default) or JSON")
    deleting = actions.add_parser("delete", help="delete one conversation; what it cost stays in the stats")
    for action in (showing, exporting, deleting):
        action.add_argument("id", metavar="ID", help=_ID_HELP)
    showing.add_argument("--details", action="store_true", help="below each reply, how its cost comes about")
    for action in (listing, showing, searching):
        action.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Do what `args.action` says and return the exit code."""
    from app.cli.opened import with_store

    actions = {"list": _list, "show": _show, "search": _search, "export": _export, "delete": _delete}

    async def work(store: Store) -> int:
        await actions[args.action](args, context, store)
        return 0

    return with_store(context, work)


async def _list(args: argparse.Namespace, context: CliContext, store: Store) -> None:
    conversations = await store.conversations.list(args.limit)
    if args.json:
        write_json(context, [_object(each) for each in conversations])
    elif not conversations:
        write(context, 'No conversations yet. Begin one: parley, or parley ask "Hello".\n')
    else:
        from app.format import ago

        columns = [Column("id"), Column("changed"), Column("model"), Column("title")]
        now = context.clock()
        rows = [[each.id, ago(each.updated_at, now), str(each.model or "—"), each.title] for each in conversations]
        write(context, table(columns, rows))


async def _search(args: argparse.Namespace, context: CliContext, store: Store) -> None:
    hits = await store.conversations.search(" ".join(args.words))
    if args.json:
        write_json(
            context,
            [{**_object(hit.conversation), "message_id": hit.message_id, "excerpt": hit.excerpt} for hit in hits],
        )
    elif not hits:
        write(context, "No conversation holds all these words.\n")
    else:
        columns = [Column("id"), Column("title"), Column("excerpt")]
        write(context, table(columns, [[hit.conversation.id, hit.conversation.title, hit.excerpt] for hit in hits]))


async def _show(args: argparse.Namespace, context: CliContext, store: Store) -> None:
    archive = await _archive(store, args.id)
    if args.json:
        from app.session.archive import as_object

        write_json(context, as_object(archive))
    else:
        from app.storage.periods import local_zone

        write(context, _transcript(archive, local_zone(context.environ), has_details=args.details))


async def _export(args: argparse.Namespace, context: CliContext, store: Store) -> None:
    from app.session.archive import as_markdown, as_object
    from app.storage.periods import local_zone
    from app.text import printable

    archive = await _archive(store, args.id)
    if args.format == "json":
        write_json(context, as_object(archive))
    else:
        write(context, printable(as_markdown(archive, local_zone(context.environ))))


async def _delete(args: argparse.Namespace, context: CliContext, store: Store) -> None:
    conversation = await store.conversations.resolve(args.id)
    await store.conversations.delete(conversation.id)
    note(context, f"Deleted “{conversation.title}” ({conversation.id}).")


async def _archive(store: Store, id_: str) -> Archive:
    from app.session.archive import Archive

    conversation = await store.conversations.resolve(id_)
    return Archive(
        conversation,
        await store.conversations.messages(conversation.id),
        await store.ledger.rows(conversation_id=conversation.id),
    )


def _object(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "model": str(conversation.model) if conversation.model else None,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
    }


def _transcript(archive: Archive, zone: tzinfo, *, has_details: bool) -> str:
    from app.session.explained import as_text, explained
    from app.text import one_line, printable

    conversation = archive.conversation
    facts = [conversation.id, f"{conversation.created_at.astimezone(zone):%Y-%m-%d %H:%M}", archive.cost]
    text = f"{one_line(conversation.title)}\n{' · '.join(facts)}\n"
    for message in archive.messages:
        text += f"\n{_heading(archive, message)}\n{printable(_body(message)).rstrip()}\n"
        provenance = archive.provenance_of(message)
        if provenance and has_details:
            text += "".join(f"\n  {line}" for line in as_text(explained(provenance, zone))) + "\n"
    return text


def _heading(archive: Archive, message: StoredMessage) -> str:
    from app.format import cost, duration
    from app.text import one_line

    facts = [one_line(archive.author_of(message))]
    provenance = archive.provenance_of(message)
    if provenance:
        facts += [duration(provenance.total_ms), cost(provenance.cost)]
    return f"── {' · '.join(facts)} ──"


def _body(message: StoredMessage) -> str:
    from app.session.archive import markdown_parts

    blocks = list(markdown_parts(message.message.parts))
    if message.error or message.is_incomplete:
        blocks.append(f"[{message.error or 'This reply was cut off.'}]")
    return "\n\n".join(blocks)
