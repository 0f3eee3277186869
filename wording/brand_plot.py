"""A picture of how brands are spoken of: people a week, by how they feel."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from services.brands.feelings import FEELINGS
from services.brands.monitoring import Talk
from wording.fonts import chinese_font
from wording.texts import Texts

# Apart also for who tells red from green badly.
COLOURS = {"positive": "#1b9e77", "neutral": "#bbbbbb", "negative": "#d95f02"}


def draw(talks: Sequence[Talk], texts: Texts) -> bytes:
    """A PNG, without a display; English where no font has Chinese glyphs."""
    out = BytesIO()
    drawn(talks, texts).savefig(out, format="png", dpi=130, facecolor="white")
    return out.getvalue()


def drawn(talks: Sequence[Talk], texts: Texts) -> Figure:
    """The picture before it is written: a row of bars a brand, a bar a week."""
    font = chinese_font() if texts.language == "zh" else None
    texts = texts if font else Texts("en")
    figure = Figure(figsize=(9, 1 + 2.2 * len(talks)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(talks), squeeze=False)[:, 0]
    for axes, talk in zip(rows, talks, strict=True):
        labels = [f"{week.begins:%m-%d}" for week in talk.weeks]
        bottom = [0] * len(labels)
        for feeling in FEELINGS:
            heights = [getattr(week, feeling) for week in talk.weeks]
            label = texts(f"brand-feeling-{feeling}")
            axes.bar(labels, heights, bottom=bottom, color=COLOURS[feeling], label=label)
            bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
        axes.set_title(talk.title[texts.language], fontproperties=font, loc="left")
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.tick_params(labelsize=7)
    rows[0].legend(prop=font, fontsize=8, loc="upper left", ncols=len(FEELINGS))
    rows[-1].set_xlabel(texts("brand-axis"), fontproperties=font)
    return figure
