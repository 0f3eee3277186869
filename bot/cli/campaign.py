"""`chezhi campaign …`: what the chat does with campaigns."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import campaign_plan, campaign_report
from bot.cli.acting import As, Desk, at_desk
from bot.cli.context import FAILED, DataDir, Failure, Json, run, show
from campaigns.approval import Whole
from campaigns.audience import BadAudience, parse
from campaigns.audience_text import read as read_audience
from campaigns.audience_text import write
from campaigns.checking import Found, check
from campaigns.planning import Steering
from campaigns.typed import FIELDS, NONE, Reading, Unreadable, read
from storage.repositories import campaigns, drafts
from wording.campaign_preview import effect_text, findings_text, why_text
from wording.formatting import plain
from wording.texts import Texts

app = typer.Typer(no_args_is_help=True)
campaign_plan.mount(app)
campaign_report.mount(app)

Id = Annotated[int, typer.Argument(metavar="ID", help="The campaign's number.")]
Seen = Annotated[
    str, typer.Option("--seen", metavar="DIGEST", help="What was read: refused if it changed.")
]
EVERY = ("draft", "submitted", "approved", "scheduled", "sending", "paused", "done", "cancelled")
ENGLISH = Texts("en")


@app.command()
@run
async def create(
    item: Annotated[str, typer.Option(help="What it invites to, by its id in the catalogue.")],
    name: Annotated[str, typer.Option(help="What the campaign is called among staff.")],
    audience: Annotated[
        str, typer.Option(help="Whom: `city=上海 car=plans not did:booked top=500`, or all.")
    ] = "all",
    text: Annotated[
        list[str] | None, typer.Option(help="A wording: `A.zh=…`, `A.en=…`, `B.zh=…`.")
    ] = None,
    photo: Annotated[list[str] | None, typer.Option(help="A picture: `A=FILE`.")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help=f"`holdout=10`, `quiet=22-8`, `quiet=-` for none; of {', '.join(FIELDS)}."
        ),
    ] = None,
    brand: Annotated[str | None, typer.Option(help="Whose rule book holds for it.")] = None,
    as_id: As = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Writes a draft. Nothing is sent; a fault in any part makes none."""
    async with at_desk(data_dir, as_id) as desk:
        values = _values([f"name={name}", *(field or [])], desk)
        words = [_wording(one) for one in text or []]
        pictures = [await asyncio.to_thread(_picture, one) for one in photo or []]
        segment = _audience(audience)
        title = values.pop("name")
        made = await desk.drafting.create(
            desk.by, item, title, segment, **values, **({"brand": brand} if brand else {})
        )
        if made is None:
            raise Failure(f"{item} isn't on offer, begun or full: chezhi catalog export lists all.")
        for letter, language, said in words:
            _done(await desk.drafting.word(desk.by, made, letter, language, said))
        for letter, data in pictures:
            _done(await desk.drafting.picture(desk.by, made, letter, data))
        show(await _row(desk, made), as_json, _line)


@app.command("check")
@run
async def check_(
    campaign: Id, as_id: As = None, as_json: Json = False, data_dir: DataDir = None
) -> None:
    """Holds the wordings to the rule books. Ends with 1 where there are errors."""
    async with at_desk(data_dir, as_id) as desk:
        whole = await _whole(desk, campaign)
        async with desk.database.read() as session:
            found = await check(session, whole.campaign, whole.item, whole.variants, desk.by.now)
    errors = sum(one.is_error for one in found)
    told = {"id": campaign, "errors": errors, "warnings": len(found) - errors}
    show(
        told | {"findings": _findings(found)},
        as_json,
        lambda _: plain(findings_text(found, ENGLISH)),
    )
    if errors:
        raise typer.Exit(FAILED)


@app.command()
@run
async def preview(
    campaign: Id, as_id: As = None, as_json: Json = False, data_dir: DataDir = None
) -> None:
    """Tells whom it would reach, why, how many wait, and what effect can be shown."""
    async with at_desk(data_dir, as_id, models=True) as desk:
        whole = await _whole(desk, campaign)
        reach = desk.planning.reach
        if reach is None:
            raise RuntimeError("the desk has no models")
        found = await reach.preview(whole.campaign, desk.by.now)
    audience = parse(whole.campaign.segment)
    people = [why_text(one, audience, ENGLISH) for one in found.people]
    effect = effect_text(found, ENGLISH)
    told = {
        "id": campaign,
        "count": found.count,
        "holdout": found.holdout,
        "held_back": found.held._asdict(),
        "segments": [{"segment": number, "people": size} for number, size in found.segments],
        "people": people,
        "base_rate": found.base_rate,
        "detectable_effect": None if found.effect == float("inf") else found.effect,
    }

    def lines(_: Any) -> str:
        held = f"{found.held.cap} wait for the weekly limit, {found.held.quiet} for quiet hours"
        head = f"{found.count} people, {found.holdout} held out; {held}."
        return "\n".join([head, effect, *people])

    show(told, as_json, lines)


@app.command()
@run
async def submit(
    campaign: Id, as_id: As = None, as_json: Json = False, data_dir: DataDir = None
) -> None:
    """Asks the others to approve a draft."""
    async with at_desk(data_dir, as_id) as desk:
        outcome = await desk.planning.submit(desk.by, campaign)
        await _tell(desk, campaign, outcome, "submitted", f"planned-submit-{outcome}", as_json)


@app.command()
@run
async def approve(
    campaign: Id,
    seen: Seen = "",
    as_id: As = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Approves a campaign as it is; who wrote it or edited it last may not, while another may."""
    async with at_desk(data_dir, as_id) as desk:
        digest = seen or (await _whole(desk, campaign)).digest
        outcome = await desk.planning.approve(desk.by, campaign, digest)
        await _tell(desk, campaign, outcome, "approved", f"approval-{outcome}", as_json)


@app.command()
@run
async def send(
    campaign: Id,
    seen: Seen = "",
    as_id: As = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Has the running bot send what was approved, now or at its time."""
    async with at_desk(data_dir, as_id) as desk:
        models = not parse((await _whole(desk, campaign)).campaign.segment).in_sql
    async with at_desk(data_dir, as_id, models=models) as desk:
        outcome = await desk.planning.launch(desk.by, campaign, None, seen)
        wanted = "scheduled" if outcome == "scheduled" else "launched"
        await _tell(desk, campaign, outcome, wanted, f"planned-send-{outcome}", as_json)


@app.command()
@run
async def pause(
    campaign: Id, as_id: As = None, as_json: Json = False, data_dir: DataDir = None
) -> None:
    """Holds the sending, within a second."""
    await _steer(data_dir, as_id, campaign, "pause", as_json)


@app.command()
@run
async def resume(
    campaign: Id, as_id: As = None, as_json: Json = False, data_dir: DataDir = None
) -> None:
    """Goes on with a campaign that was paused."""
    await _steer(data_dir, as_id, campaign, "resume", as_json)


@app.command()
@run
async def cancel(
    campaign: Id, as_id: As = None, as_json: Json = False, data_dir: DataDir = None
) -> None:
    """Ends a campaign for good, whether it was begun or not."""
    async with at_desk(data_dir, as_id) as desk:
        done = await desk.planning.discard(desk.by, campaign)
        done = done or await desk.planning.steer(desk.by, campaign, "stop") is not None
        if not done:
            raise Failure(f"Campaign {campaign} is over, or there is none.")
        show(await _row(desk, campaign), as_json, _line)


@app.command()
@run
async def status(
    campaign: Annotated[int | None, typer.Argument(metavar="ID", help="One alone.")] = None,
    as_id: As = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Tells how a campaign stands, or without a number how each of the last fifty does."""
    async with at_desk(data_dir, as_id) as desk:
        if campaign is not None:
            show(await _row(desk, campaign), as_json, _line)
            return
        async with desk.database.read() as session:
            found = await drafts.page(session, None, EVERY, 50, 0)
        for row, _ in found:
            if await desk.planning.read(desk.by, row.id) is not None:
                show(await _row(desk, row.id), as_json, _line)


async def _steer(
    data_dir: Path | None, as_id: int | None, campaign: int, act: Steering, as_json: bool
) -> None:
    async with at_desk(data_dir, as_id) as desk:
        if await desk.planning.steer(desk.by, campaign, act) is None:
            raise Failure(f"That can't be done with campaign {campaign} as it stands.")
        show(await _row(desk, campaign), as_json, _line)


async def _tell(
    desk: Desk, campaign: int, outcome: str, wanted: str, key: str, as_json: bool
) -> None:
    if outcome != wanted:
        raise Failure(ENGLISH(key, campaign=str(campaign)))
    show(await _row(desk, campaign), as_json, _line)


async def _whole(desk: Desk, campaign: int) -> Whole:
    found = await desk.planning.read(desk.by, campaign)
    if found is None:
        raise Failure(f"There is no campaign {campaign}: chezhi campaign status lists them.")
    return found


async def _row(desk: Desk, campaign_id: int) -> dict[str, Any]:
    whole = await _whole(desk, campaign_id)
    campaign = whole.campaign
    async with desk.database.read() as session:
        counts = dict(await campaigns.counts(session, campaign_id))
    fields = {name: getattr(campaign, name) for name in FIELDS}
    return {
        "id": campaign.id,
        "status": campaign.status,
        "item": campaign.item_id,
        "audience": write(parse(campaign.segment)),
        **fields,
        "brand": campaign.brand,
        "wordings": {variant.name: variant.text for variant in whole.variants},
        "created_by": campaign.created_by,
        "edited_by": campaign.edited_by,
        "approved_by": campaign.approved_by,
        "refused_because": campaign.refused_because,
        "launched_at": campaign.launched_at,
        "paused_because": campaign.paused_because,
        "recipients": counts,
        "digest": whole.digest,
    }


def _line(row: dict[str, Any]) -> str:
    counts = ", ".join(f"{status} {number}" for status, number in row["recipients"].items())
    told = f"{row['id']}  {row['status']}  {row['name']}  {row['item']}  {row['audience']}"
    return f"{told}  {counts}".rstrip()


def _findings(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [
        {
            "wording": one.wording,
            "language": one.language,
            "severity": "error" if one.is_error else "warning",
            "code": one.code,
        }
        if one.finding is None
        else {"wording": one.wording, "language": one.language, **asdict(one.finding)}
        for one in found
    ]


def _values(given: Sequence[str], desk: Desk) -> dict[str, Any]:
    """Fields from `NAME=VALUE`. Raises Failure."""
    found = {}
    for one in given:
        name, mark, said = one.partition("=")
        if not mark or name not in FIELDS:
            raise Failure(f"{one!r} sets no field: use {', '.join(FIELDS)}.")
        try:
            found[name] = read(name, _yuan(name, said), Reading(desk.by.now))
        except Unreadable as error:
            raise Failure(f"{one}: {ENGLISH(f'planned-bad-{error.code}')}") from error
    return found


def _yuan(name: str, said: str) -> str:
    """An amount as people type it in the chat, in yuan; here it is given in fen, as its field's
    name and what is printed have it. Raises Failure."""
    if not name.endswith("_fen") or said == NONE:
        return said
    if not said.isdecimal():
        raise Failure(f"{name}={said}: write it in fen, such as {name}=3000 for 30 yuan.")
    return f"{Decimal(said) / 100:f}"


def _audience(line: str) -> dict[str, Any]:
    try:
        return read_audience(line).spec
    except BadAudience as error:
        raise Failure(str(error)) from error


def _wording(given: str) -> tuple[str, str, str]:
    place, mark, said = given.partition("=")
    letter, _, language = place.partition(".")
    if not mark or language not in ("zh", "en"):
        raise Failure(f"{given!r} is no wording: write A.zh=… or A.en=….")
    return letter, language, said


def _picture(given: str) -> tuple[str, bytes]:
    letter, mark, name = given.partition("=")
    try:
        if mark:
            return letter, Path(name).read_bytes()
    except OSError as error:
        raise Failure(f"{name} can't be read: {error.strerror}.") from error
    raise Failure(f"{given!r} is no picture: write A=FILE.")


def _done(outcome: str) -> None:
    if outcome != "changed":
        raise Failure(ENGLISH(f"planned-{outcome}"))
