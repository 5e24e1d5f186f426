"""``phien``: the verbs of one installation. Reading the words comes first and is quick; a verb reads its own code."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from hub.children.process import CannotStart
from hub.folder import default_place
from hub.settings import BadSettings, Settings, load

Verb = Callable[[argparse.Namespace, Settings], int]

DESCRIPTION = "Phiên: the open hub of a meeting without paper. Without a verb, ./run serves."
EPILOG = """\
Settings are PHIEN_… variables (docs/operations.md lists them); each has a default that runs.
  ./run                         serve on http://127.0.0.1:8400, with a sample commune on the first start
  ./run serve --lan             serve phones on this network, by HTTPS
  PHIEN_PORT=8500 PHIEN_DATA=/srv/second ./run    a second installation beside the first
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phien", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(name: str, what: str, run: Verb) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=what, description=what)
        verb.set_defaults(run=run)
        return verb

    serve = add("serve", "start the hub and everything it needs", _serve)
    serve.add_argument("--port", type=int, help="instead of PHIEN_PORT or 8400; 0 takes a free one")
    serve.add_argument("--host", help="instead of PHIEN_HOST or 127.0.0.1")
    serve.add_argument("--empty", action="store_true", help="make no sample commune on the first start")
    serve.add_argument(
        "--lan",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="serve phones on this network by HTTPS, from an authority made here; shows address and QR",
    )

    add("worker", "work on jobs (indexing, notices) for hubs that share a database", _worker)
    add("migrate", "bring the database up to this version", _migrate)

    admin = add("create-admin", "make a system administrator; asks for the password", _create_admin)
    admin.add_argument("username", help="small letters, digits and . _ @ -")
    admin.add_argument("--name", required=True, help="the person's name, as on a name plate")
    admin.add_argument("--unit", help="name of the unit; needed when there are several, made when there is none")

    link = add("sign-in-link", "print a link that lets a person in once, within 24 hours", _sign_in_link)
    link.add_argument("username")

    check = add("check", "say what is up, what is missing, and what each model is", _check)
    check.add_argument("--chain", action="store_true", help="also recompute the hash chain of every meeting")

    caption = add("caption", "caption a sound file into a running meeting", _caption)
    caption.add_argument("file", type=Path, help="WAV")
    caption.add_argument("--meeting", required=True, help="id of the meeting")
    caption.add_argument("--as", dest="username", help="who starts it; default: the meeting's secretary")
    caption.add_argument("--language", default="vi")
    caption.add_argument("--fast", action="store_true", help="as fast as the recogniser goes, not as fast as speech")

    kit = add(
        "device-account", "let a room's device or bridge into the MQTT broker; prints its password", _device_account
    )
    kit.add_argument("username", help="small letters, digits, - and _")
    kit.add_argument("--room", required=True, help="name or id of the room")
    kit.add_argument(
        "--under", action="append", default=[], metavar="TOPIC", help="where its topics are; default: NAME"
    )
    kit.add_argument("--bridge", action="store_true", help="it announces devices under their own names (Zigbee2MQTT)")

    verbs.add_parser("simulate-room", help="a meeting room of devices with physics, over a real broker", add_help=False)

    repair = add("repair-document", "say what of a document's log is damaged; accept the loss", _repair_document)
    repair.add_argument("document", type=UUID, help="id of the document, as phien check names it")
    repair.add_argument(
        "--accept-loss", action="store_true", help="what is whole becomes the document; damaged rows are kept aside"
    )

    verify = add("verify", "check an exported meeting or vote, recount, and name what was altered", _verify)
    verify.add_argument("file", type=Path, help="the ZIP of a meeting or a vote, an unpacked folder, or a vote.json")
    verify.add_argument("--receipt", help="also say whether the ballot of this receipt was counted")
    verify.add_argument("--json", action="store_true", help="for machines")

    add("reindex", "rebuild the search index from the archive", _reindex)
    return parser


def main(words: Sequence[str] | None = None) -> None:
    words = sys.argv[1:] if words is None else list(words)
    if words[:1] == ["simulate-room"]:  # has words of its own, and no installation beside it
        from rooms.simulator import main as simulate

        sys.exit(simulate(words[1:]))
    said = build_parser().parse_args(words)
    try:
        settings = read_settings(dict(os.environ))
        sys.exit(said.run(said, settings))
    except (CannotStart, BadSettings) as error:
        sys.exit(f"phien: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def read_settings(environ: dict[str, str]) -> Settings:
    environ.setdefault("PHIEN_DATA", str(default_place(environ)))
    return load(environ)


def tell(what: str) -> None:
    """To a person who waits. Results go to stdout, this does not."""
    print(f"phien: {what}", file=sys.stderr, flush=True)


def say(what: str) -> None:
    print(what, flush=True)


def _serve(said: argparse.Namespace, settings: Settings) -> int:
    from hub import logs
    from hub.serve import serve

    logs.configure(settings.log)
    if said.port is not None:
        settings = msgspec.structs.replace(settings, port=said.port)
    if said.host is not None:
        settings = msgspec.structs.replace(settings, host=said.host)
    return serve(settings, empty=said.empty, phones=said.lan, say=say, tell=tell)


def _migrate(said: argparse.Namespace, settings: Settings) -> int:
    from hub.house import a_database
    from hub.opening import migrated

    with a_database(settings, tell) as reached:
        applied = migrated(reached.conninfo)
    say("\n".join(applied) if applied else "the database is up to date")
    return 0


def _create_admin(said: argparse.Namespace, settings: Settings) -> int:
    from hub.people_verbs import create_admin

    return create_admin(settings, said.username, said.name, said.unit, say=say, tell=tell)


def _sign_in_link(said: argparse.Namespace, settings: Settings) -> int:
    from hub.people_verbs import sign_in_link

    return sign_in_link(settings, said.username, say=say, tell=tell)


def _device_account(said: argparse.Namespace, settings: Settings) -> int:
    from hub.equipment.verbs import device_account

    return device_account(settings, said.username, said.room, said.under, bridge=said.bridge, say=say, tell=tell)


def _check(said: argparse.Namespace, settings: Settings) -> int:
    from hub.check import check

    return check(settings, chain=said.chain, say=say)


def _repair_document(said: argparse.Namespace, settings: Settings) -> int:
    from hub.documents.repair import repair_document

    return repair_document(settings, said.document, accept=said.accept_loss, say=say, tell=tell)


def _verify(said: argparse.Namespace, settings: Settings) -> int:
    from hub.verify.standalone import main as verify

    words = [str(said.file), *(["--json"] if said.json else []), *(["--receipt", said.receipt] if said.receipt else [])]
    return int(verify(words))


def _worker(said: argparse.Namespace, settings: Settings) -> int:
    from hub import logs
    from hub.work_verbs import work_on_jobs

    logs.configure(settings.log)
    return work_on_jobs(settings, say=say, tell=tell)


def _reindex(said: argparse.Namespace, settings: Settings) -> int:
    from hub.work_verbs import rebuild_index

    return rebuild_index(settings, say=say, tell=tell)


def _caption(said: argparse.Namespace, settings: Settings) -> int:
    from hub.transcripts.cli import caption_file

    return caption_file(
        settings, said.file, said.meeting, username=said.username, language=said.language, fast=said.fast,
        say=say, tell=tell,
    )  # fmt: skip


if __name__ == "__main__":
    main()
