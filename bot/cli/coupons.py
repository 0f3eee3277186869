"""`chezhi coupons …`: what there is, one more, and what they cost."""

import csv
import io
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from activities import coupon_file
from activities.coupon_file import CouponRow
from bot.cli.context import DataDir, Failure, Json, open_database, run, settings, show
from services.clock import utc_now
from storage.repositories import coupons
from storage.repositories.coupons import Counted

app = typer.Typer(no_args_is_help=True)
COLUMNS = (
    "code",
    "batch",
    "cut",
    "amount",
    "active",
    "uses",
    "total",
    "per_person",
    "paid",
    "stars",
    "taken_off",
    "valid_from",
    "valid_until",
)


def _row(one: Counted) -> dict[str, Any]:
    """A coupon, its uses, and of those that were paid the Stars they brought and took off."""
    sums = {"paid": one.paid, "stars": one.stars, "taken_off": one.taken_off}
    values = {name: sums[name] if name in sums else getattr(one.coupon, name) for name in COLUMNS}
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in values.items()}


@app.command("list")
@run
async def list_(as_json: Json = False, data_dir: DataDir = None) -> None:
    """All coupons with their uses and what they cost; with --json one object a line."""
    async with open_database(settings(data_dir)) as database, database.read() as session:
        found = await coupons.counted(session)
    for one in found:
        show(_row(one), as_json, _line)
    if not found and not as_json:
        sys.stdout.write("No coupons yet: chezhi coupons create, or `coupons:` of a catalogue.\n")


def _line(row: dict[str, Any]) -> str:
    takes = {"percent": f"-{row['amount']}%", "stars": f"-{row['amount']} Stars", "free": "free"}
    total = "" if row["total"] is None else f" of {row['total']}"
    off = "" if row["active"] else ", off"
    return (
        f"{row['code']}: {takes[row['cut']]}, {row['uses']}{total} used{off}; "
        f"{row['paid']} paid, {row['stars']} Stars came in, {row['taken_off']} were taken off"
    )


@app.command()
@run
async def create(
    zh: Annotated[str, typer.Option("--zh", help="Its title in Chinese.")],
    en: Annotated[str, typer.Option("--en", help="Its title in English.")],
    code: Annotated[str | None, typer.Option("--code", help="A to Z, digits, hyphens.")] = None,
    batch: Annotated[str | None, typer.Option("--batch", help="Makes codes: its name.")] = None,
    count: Annotated[int | None, typer.Option("--count", help="How many codes.")] = None,
    percent: Annotated[int | None, typer.Option("--percent", help="1 to 99.")] = None,
    stars: Annotated[int | None, typer.Option("--stars", help="Stars off.")] = None,
    free: Annotated[bool, typer.Option("--free", help="Nothing is to be paid.")] = False,
    item: Annotated[list[str] | None, typer.Option("--item", help="For this item alone.")] = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="For this type.")] = None,
    brand: Annotated[list[str] | None, typer.Option("--brand", help="For this brand.")] = None,
    user: Annotated[list[int] | None, typer.Option("--user", help="For this person.")] = None,
    total: Annotated[int | None, typer.Option("--total", help="Uses of all.")] = None,
    per_person: Annotated[int, typer.Option("--per-person", help="Uses of one.")] = 1,
    valid_from: Annotated[str | None, typer.Option("--from", help="ISO, with a zone.")] = None,
    valid_until: Annotated[str | None, typer.Option("--until", help="ISO, with a zone.")] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Adds a coupon, or overwrites the one with the same code; its uses stay."""
    given = {
        "code": code,
        "batch": batch,
        "count": count,
        "title": {"zh": zh, "en": en},
        "percent": percent,
        "stars": stars,
        "free": free,
        "items": item or [],
        "types": type_ or [],
        "brands": brand or [],
        "users": user or None,
        "total": total,
        "per_person": per_person,
        "valid_from": valid_from,
        "valid_until": valid_until,
    }
    try:
        row = CouponRow.model_validate(given)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'coupon'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise Failure("\n".join(["Nothing was added. Please mend:", *faults])) from error
    async with open_database(settings(data_dir)) as database:
        try:
            async with database.write() as session:
                await coupon_file.save(session, [row], utc_now())
                wanted = (
                    [row.code] if row.code else await coupons.codes_of(session, row.batch or "")
                )
        except coupons.Faults as error:
            raise Failure("\n".join(["Nothing was added. Please mend:", *error.told])) from error
    show({"codes": wanted}, as_json, lambda told: "\n".join(told["codes"]))


@app.command()
@run
async def export(
    out: Annotated[Path | None, typer.Option("--out", help="A file; else stdout.")] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """The same table as CSV, or with --json as one JSON object a line, for a spreadsheet."""
    async with open_database(settings(data_dir)) as database, database.read() as session:
        found = [_row(one) for one in await coupons.counted(session)]
    text = io.StringIO()
    if as_json:
        text.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
    else:
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    if out is None:
        sys.stdout.write(text.getvalue())
        return
    try:
        out.write_text(text.getvalue(), "utf-8")
    except OSError as error:
        raise Failure(f"{out} can't be written: {error.strerror}") from error
