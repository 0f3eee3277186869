"""Prize draws that anybody can check, with Python's standard library alone: this file imports
nothing else, and runs by itself as `python fair_draw.py FILE`.

How it goes: when a draw opens, a random seed is made, and its SHA-256 is published (`commitment`),
beside the hash of the terms. When entries end, the list of tickets is sorted, and its SHA-256 is
published. Then the seed is published, and with it the winners: the tickets are shuffled (Fisher and
Yates), and where a number below n is needed it comes from HMAC-SHA256 of the seed over the terms'
hash, the list's hash and a counter, those numbers being left out that would favour some tickets.
The first ones in this order are offered the prizes; where one is declined or not claimed in time,
it is offered to the next.
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FORMAT = "chezhi-draw-1"
STATES = ("open", "frozen", "drawn")
FIELDS = (
    "format",
    "state",
    "terms",
    "terms_hash",
    "commitment",
    "frozen_at",
    "tickets",
    "list_hash",
    "seed",
    "drawn_at",
    "awards",
)
AWARD = ("rank", "ticket", "unit", "prize", "offered_at", "claim_until", "outcome", "settled_at")
RANGE = 1 << 256
MOST_UNITS = 10_000
# What reading a file of another form ends in.
BROKEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def hash_of(value: Any) -> str:
    """SHA-256 of a value as JSON, its keys sorted, without white space."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def commitment_of(seed: str) -> str:
    """SHA-256 of the seed's bytes; the seed is given in hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def hash_of_list(tickets: Sequence[str]) -> str:
    """SHA-256 of the tickets, a line each."""
    return hashlib.sha256("\n".join(tickets).encode()).hexdigest()


def order(seed: str, terms_hash: str, list_hash: str, tickets: Sequence[str]) -> Iterator[str]:
    """The tickets as they are drawn, one after the other; each costs the same."""
    key, about, counter = bytes.fromhex(seed), f"{terms_hash}|{list_hash}", 0
    moved: dict[int, int] = {}
    for place in range(len(tickets)):
        left = len(tickets) - place
        while True:
            number = int.from_bytes(hmac.digest(key, f"{about}|{counter}".encode(), "sha256"))
            counter += 1
            if number < RANGE - RANGE % left:  # else the lower remainders were likelier
                break
        chosen = place + number % left
        yield tickets[moved.get(chosen, chosen)]
        moved[chosen] = moved.get(place, place)


def units(prizes: Sequence[dict[str, Any]]) -> list[int]:
    """Which prize each unit is one of: two of the first and one of the second are [0, 0, 1].

    Raises ValueError for more than MOST_UNITS.
    """
    if sum(prize["count"] for prize in prizes) > MOST_UNITS:
        raise ValueError("too many prizes")
    return [number for number, prize in enumerate(prizes) for _ in range(prize["count"])]


def digest_of(file: dict[str, Any]) -> str:
    """The hash over everything else that a file says."""
    return hash_of({name: value for name, value in file.items() if name != "digest"})


def verify(file: Any) -> list[str]:
    """What of a published file doesn't hold, in words; empty where all does."""
    if not isinstance(file, dict) or file.get("format") != FORMAT:
        return [f"format: this is no file of a draw (expected {FORMAT})"]
    faults = [f"{name}: it is missing" for name in (*FIELDS, "digest") if name not in file]
    faults += [f"{name}: no file of a draw has this" for name in file if name not in _known()]
    try:
        faults += [] if faults else _checked(file)
    except BROKEN as error:
        faults.append(f"what the file says has not the form of a draw ({type(error).__name__})")
    return list(dict.fromkeys(faults))


def _known() -> tuple[str, ...]:
    return (*FIELDS, "digest")


def _checked(file: dict[str, Any]) -> list[str]:
    faults = []
    if file["digest"] != digest_of(file):
        faults.append("digest: the file was changed after it was published")
    if file["terms_hash"] != hash_of(file["terms"]):
        faults.append("terms_hash: the terms are not those that were published")
    state = file["state"]
    if state not in STATES:
        return [*faults, f"state: {state!r} is none of {', '.join(STATES)}"]
    if state == "open":
        return faults + _absent(file, "frozen_at", "tickets", "list_hash", "seed", "drawn_at")
    faults += _list_faults(file)
    if state == "frozen":
        return faults + _absent(file, "seed", "drawn_at")
    return faults + _draw_faults(file)


def _absent(file: dict[str, Any], *names: str) -> list[str]:
    faults = [f"{name}: it is there too early" for name in names if file[name] is not None]
    return faults + (["awards: they are there before the seed"] if file["awards"] else [])


def _list_faults(file: dict[str, Any]) -> list[str]:
    tickets, faults = file["tickets"], []
    if tickets != sorted(set(tickets)):
        faults.append("tickets: they are not sorted, or one is there twice")
    if file["list_hash"] != hash_of_list(tickets):
        faults.append("list_hash: the tickets are not those that were published")
    terms = file["terms"]
    times = [terms["opened_at"], terms["entries_until"], file["frozen_at"]]
    if file["drawn_at"] is not None:
        times.append(file["drawn_at"])
    moments = [_time(one) for one in times]
    wait = timedelta(minutes=terms["reveal_minutes"])
    if file["drawn_at"] is not None and moments[3] - moments[2] < wait:
        faults.append("drawn_at: the seed was shown earlier than the terms say")
    if moments != sorted(moments):
        faults.append("opened_at, entries_until, frozen_at, drawn_at: they are not in this order")
    return faults


def _draw_faults(file: dict[str, Any]) -> list[str]:
    faults, terms = [], file["terms"]
    if file["commitment"] != commitment_of(file["seed"]):
        faults.append("seed: it is not the one that was committed to")
    awards = file["awards"]
    drawn = order(file["seed"], file["terms_hash"], file["list_hash"], file["tickets"])
    winners = [ticket for ticket, _ in zip(drawn, awards, strict=False)]
    if len(awards) > len(file["tickets"]):
        faults.append("awards: there are more than tickets")
    for rank, (award, ticket) in enumerate(zip(awards, winners, strict=False), start=1):
        where = f"award {rank}"
        if sorted(award) != sorted(AWARD) or award["rank"] != rank:
            faults.append(f"{where}: its fields or its rank are wrong")
            continue
        if award["ticket"] != ticket:
            faults.append(f"{where}: the seed draws {ticket}, not {award['ticket']}")
        faults += [f"{where}: {fault}" for fault in _award_faults(award, terms)]
    return [*faults, *_unit_faults(file, units(terms["prizes"]))]


def _award_faults(award: dict[str, Any], terms: dict[str, Any]) -> Iterator[str]:
    offered, until = _time(award["offered_at"]), _time(award["claim_until"])
    if until != offered + timedelta(hours=terms["claim_hours"]):
        yield "claim_until: it is not as the terms say"
    outcome, settled = award["outcome"], award["settled_at"]
    if outcome == "open":
        if settled is not None:
            yield "settled_at: it is open still"
        return
    at = _time(settled)
    if outcome in ("claimed", "declined"):
        if not offered <= at <= until:
            yield f"settled_at: it can't be {outcome} then"
    elif outcome != "expired":
        yield f"outcome: {outcome!r} is none"
    elif at < until:
        yield "settled_at: it had time left"


def _unit_faults(file: dict[str, Any], prizes: list[int]) -> Iterator[str]:
    """Each unit of a prize goes to the first ones, and on to the next when it comes back."""
    awards, many = file["awards"], len(file["tickets"])
    holders: dict[int, dict[str, Any]] = {}
    for number, award in enumerate(awards):
        unit, where = award["unit"], f"award {number + 1}"
        if not isinstance(unit, int) or not 0 <= unit < len(prizes):
            yield f"{where}: there is no such unit"
            continue
        if award["prize"] != prizes[unit]:
            yield f"{where}: the unit is of another prize"
        before = holders.get(unit)
        if number < len(prizes):
            if unit != number or award["offered_at"] != file["drawn_at"]:
                yield f"{where}: the first ones get the prizes in their order, at once"
        elif before is None or before["outcome"] not in ("expired", "declined"):
            yield f"{where}: its prize had not come back"
        elif award["offered_at"] != before["settled_at"]:
            yield f"{where}: it is not offered when it came back"
        holders[unit] = award
    if len(awards) < min(len(prizes), many):
        yield "awards: somebody is passed over"
    waiting = any(one["outcome"] in ("expired", "declined") for one in holders.values())
    if waiting and len(awards) < many:
        yield "awards: a prize came back and is not offered to the next"


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def rank_of(file: dict[str, Any], ticket: str) -> int | None:
    """The place of a ticket in the order in which a drawn file's tickets come; None for none."""
    if ticket not in file["tickets"]:
        return None
    drawn = order(file["seed"], file["terms_hash"], file["list_hash"], file["tickets"])
    return next(place for place, one in enumerate(drawn, start=1) if one == ticket)


if __name__ == "__main__":
    found = verify(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    sys.stdout.write("\n".join(found) + "\n" if found else "All holds.\n")
    sys.exit(1 if found else 0)
