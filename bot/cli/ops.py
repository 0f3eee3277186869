"""`chezhi db upgrade` and `chezhi doctor`, for operators."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version

import typer

from bot.cli.context import TOLD, DataDir, Json, open_database, run, settings, show
from retrieval import model_cache
from retrieval.calibration import Calibration
from retrieval.knowledge import KnowledgeBase
from retrieval.load_generator import CONVERTED
from retrieval.load_reader import reader_name
from services.settings import Settings
from storage import encryption
from storage.repositories import dealers, rekeying

db = typer.Typer(no_args_is_help=True)


def mount(app: typer.Typer) -> None:
    app.add_typer(db, name="db", help="The database.")
    app.command()(run(doctor))


@db.command()
@run
async def upgrade(data_dir: DataDir = None) -> None:
    """Brings the database to this version's tables. Repeating it is harmless."""
    async with open_database(settings(data_dir)):
        typer.echo("The database is up to date.", err=True)


@db.command("make-key")
def make_key() -> None:
    """Prints a new key for CHEZHI_ENCRYPTION_KEYS. Keep a copy of it where the backups are not."""
    typer.echo(encryption.make_key())


@db.command("rotate-keys")
@run
async def rotate_keys(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Puts what is encrypted under the newest key of CHEZHI_ENCRYPTION_KEYS, a batch at a time.

    Put the new key first and leave the old ones behind it; they may go when this is done. One that
    was stopped goes on where it was.
    """
    async with open_database(settings(data_dir)) as database:
        number = await rekeying.rotate(database)
    show({"rotated": number}, as_json, lambda _: f"{number} rows are under the newest key now.")


async def doctor(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Checks what the bot needs and says what to do about the rest. Exit code 1 if it can't run,
    or something is damaged.
    """
    given = settings(data_dir)
    checks: dict[str, Callable[[Settings], Awaitable[tuple[bool, str]]]] = {
        "python": _python,
        "database": _database,
        "knowledge": _knowledge,
        "models": _models,
        "reader": _reader,
        "recommender": _recommender,
        "token": _token,
        "leads": _leads,
    }
    healthy = True
    report = {}
    for name, check in checks.items():
        try:
            good, told = await check(given)
        except TOLD as error:
            good, told = False, str(error)
        except Exception as error:
            good, told = False, f"{type(error).__name__}: {error}"
        healthy &= good
        report[name] = {"ok": good, "told": told}
    show(
        {"ok": healthy, "checks": report},
        as_json,
        lambda r: "\n".join(
            f"{'✓' if check['ok'] else '✗'} {name}: {check['told']}"
            for name, check in r["checks"].items()
        ),
    )
    if not healthy:
        raise typer.Exit(1)


async def _python(_given: Settings) -> tuple[bool, str]:
    return sys.version_info >= (3, 11), f"{sys.version.split()[0]}, torch {version('torch')}"


async def _database(given: Settings) -> tuple[bool, str]:
    async with open_database(given) as database:
        return True, f"{database.url.get_backend_name()}, up to date"


async def _knowledge(given: Settings) -> tuple[bool, str]:
    live, faults = KnowledgeBase.in_use(given.knowledge_dir, given.embedding_model)
    if live is None and not faults:
        return False, "no index yet: chezhi kb add FOLDER, then chezhi kb index"
    told = f"index {live.id}, {live.documents} documents, {live.chunks} passages" if live else ""
    return not faults, _instead(told or "no index", faults, "chezhi kb index")


async def _reader(given: Settings) -> tuple[bool, str]:
    live, _ = KnowledgeBase.in_use(given.knowledge_dir, given.embedding_model)
    found = Calibration.of(live.calibration) if live else None
    if live is not None and (found is None or found.reader != reader_name(given.reader_model)):
        # A default threshold holds meanwhile, so this is no illness.
        return True, f"{given.reader_model}; its threshold is not known yet: chezhi kb calibrate"
    return True, given.reader_model


async def _recommender(given: Settings) -> tuple[bool, str]:
    from recsys.artefacts import in_use

    live, faults = in_use(given.recommender_dir)
    if live is None and not faults:
        # The bot recommends by content and popularity, so this is no illness.
        return True, "no model yet: chezhi train"
    told = f"model {live.version}" if live else "no model"
    return not faults, _instead(told, faults, "chezhi train")


async def _models(given: Settings) -> tuple[bool, str]:
    """Of what is converted from packages; a damaged one is converted anew when it is needed, and
    what an older version converted lies there for nothing."""
    folder = given.models_dir
    unused = await asyncio.to_thread(model_cache.unused, folder, (CONVERTED,))
    damaged = await asyncio.to_thread(model_cache.damaged, folder)
    told = [
        f"{folder / name} is no longer used, {size / 1e6:,.0f} MB: it may be deleted"
        for name, size in unused.items()
    ]
    if CONVERTED in damaged:
        told.append(f"made anew when it is next used, being damaged: {CONVERTED}")
    return True, "; ".join(told) or "ok"


def _instead(used: str, faults: list[str], mend: str) -> str:
    return f"{faults[0]}; {used} is used instead. Make it anew: {mend}" if faults else used


async def _leads(given: Settings) -> tuple[bool, str]:
    async with open_database(given) as database, database.read() as session:
        there = len(await dealers.listed(session))
    if there and given.keys is None:
        # The bot serves all the same and asks nobody for a number, so this is no illness.
        return True, f"none can be taken: {encryption.NoKey()}"
    return True, f"{there} dealers" if there else "no dealers (only leads need a key)"


async def _token(given: Settings) -> tuple[bool, str]:
    if given.bot_token is None:
        return True, "CHEZHI_BOT_TOKEN is not set (only chezhi run needs it)"
    return given.token_fault is None, given.token_fault or "set"
