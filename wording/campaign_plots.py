"""Pictures of a campaign's report: the funnel, what it changed by segment, sends over time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from campaigns.reporting import Report, Row
from wording.campaign_report import Names, main_outcome, segment_name
from wording.fonts import chinese_font
from wording.texts import Texts

COLOURS = {"more": "tab:green", "less": "tab:red", "inconclusive": "tab:grey"}


def draw(report: Report, texts: Texts, names: Names | None = None) -> Mapping[str, bytes]:
    """PNGs by name, without a display; of what there is something to show. In English where no
    font has Chinese letters."""
    font = chinese_font() if texts.language == "zh" else None
    words = texts if font or texts.language == "en" else Texts("en", texts.zone)
    pictures: dict[str, Callable[[], Figure | None]] = {
        "funnel": lambda: _funnel(report.funnel, words, font),
        "uplift": lambda: _uplift(report, words, font, names or {}),
        "sends": lambda: _sends(report.sends, words, font),
    }
    drawn = {name: make() for name, make in pictures.items()}
    return {name: _png(figure) for name, figure in drawn.items() if figure is not None}


def _funnel(
    funnel: Mapping[str, int | None], texts: Texts, font: FontProperties | None
) -> Figure | None:
    steps = {name: n for name, n in funnel.items() if n or name in ("drawn", "sent")}
    if not steps or None in steps.values():
        return None
    figure, axes = _empty(1.2 + 0.45 * len(steps))
    names = [texts(f"outcome-{name}") for name in steps]
    counts = [n or 0 for n in steps.values()]
    axes.barh(range(len(names)), counts, color="tab:blue")
    axes.set_yticks(range(len(names)), names, fontproperties=font)
    axes.invert_yaxis()
    for place, count in enumerate(counts):
        share = count / max(counts[0], 1)
        axes.annotate(
            f"{count:,}  ({share:.1%})",
            (count, place),
            xytext=(4, 0),
            va="center",
            textcoords="offset points",
            fontsize=8,
        )
    axes.set_xlim(0, max(*counts, 1) * 1.25)
    axes.set_title(texts("report-funnel"), fontproperties=font)
    return figure


def _uplift(
    report: Report, texts: Texts, font: FontProperties | None, names: Names
) -> Figure | None:
    """Differences in points with intervals that hold however often one looks."""
    outcome = main_outcome(report)
    rows = [
        row
        for row in (*report.rows, *report.segments)
        if (row.outcome, row.scope, row.of) == (outcome, "item", "share") and row.difference
    ]
    if not rows:
        return None
    figure, axes = _empty(1.6 + 0.45 * len(rows))
    for place, row in enumerate(rows):
        _interval(axes, place, row)
    axes.axvline(0, color="black", linewidth=0.8)
    labels = [segment_name(row.segment, texts, names) for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontproperties=font)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(texts("report-points"), fontproperties=font)
    name = texts(f"outcome-{outcome}")
    axes.set_title(texts("report-uplift", outcome=name), fontproperties=font)
    return figure


def _interval(axes: Axes, place: int, row: Row) -> None:
    found = row.difference
    assert found is not None  # noqa: S101
    low, value, high = (100 * x for x in (found.always_low, found.value, found.always_high))
    colour = COLOURS[found.verdict]
    axes.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot([value], [place], "o", color=colour)
    axes.annotate(
        f"{value:+.1f}",
        (value, place),
        xytext=(0, 6),
        ha="center",
        textcoords="offset points",
        fontsize=8,
    )


def _sends(
    sends: Sequence[tuple[str, int]], texts: Texts, font: FontProperties | None
) -> Figure | None:
    if not sends:
        return None
    figure, axes = _empty(3.2)
    hours = [
        datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC).astimezone(texts.zone)
        for hour, _ in sends
    ]
    axes.bar(hours, [number for _, number in sends], width=1 / 24, align="edge")  # type: ignore[arg-type]
    locator = AutoDateLocator(tz=texts.zone)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=texts.zone))  # type: ignore[no-untyped-call]
    axes.set_title(texts("report-sends"), fontproperties=font)
    return figure


def _empty(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    return figure, axes


def _png(figure: Figure) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png", dpi=130, facecolor="white")
    return out.getvalue()
