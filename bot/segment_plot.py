"""A picture of segments: how far each lies above the average of all, feature by feature."""

from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager

from bot.tags import Words
from recsys.segments import Segments

FEATURES = 14
# Families with Chinese glyphs, as they are called where they are installed.
CHINESE = ("Noto Sans CJK", "Noto Serif CJK", "Source Han Sans", "WenQuanYi", "PingFang", "SimHei")


def draw(segments: Segments, words: Words, english: Words) -> bytes:
    """A PNG, without a display. Labels are English where no font has Chinese ones."""
    font = _chinese_font() if words.texts.language == "zh" else None
    words = words if font else english
    shown = _telling(segments)
    order = sorted(range(len(segments.ids)), key=lambda n: -segments.sizes[n])
    rise = 100 * (segments.shares - segments.usual)[np.ix_(order, shown)]
    figure = Figure(figsize=(9, 1.8 + 0.5 * len(order)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    limit = max(float(np.abs(rise).max()), 1.0)
    image = axes.imshow(rise, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto")
    labels = [words(segments.names[column]) for column in shown]
    axes.set_xticks(range(len(shown)), labels, rotation=40, ha="right", fontproperties=font)
    names = [
        f"{segments.ids[n]}. {words.all(segments.top(n, 2))} ({segments.sizes[n]})" for n in order
    ]
    axes.set_yticks(range(len(order)), names, fontproperties=font)
    for (row, column), value in np.ndenumerate(rise):
        axes.text(column, row, f"{value:+.0f}", ha="center", va="center", fontsize=7)
    figure.colorbar(image, label="percentage points above or below all users")
    out = BytesIO()
    figure.savefig(out, format="png", dpi=130)
    return out.getvalue()


def _telling(segments: Segments) -> list[int]:
    """Columns of the features that differ most between segments, in their own order."""
    spread = (segments.shares - segments.usual).std(axis=0)
    topics = [n for n, name in enumerate(segments.names) if name.startswith(("topic.", "type."))]
    return sorted(sorted(topics, key=lambda n: -spread[n])[:FEATURES])


def _chinese_font() -> FontProperties | None:
    for family in CHINESE:
        for entry in fontManager.ttflist:
            if entry.name.startswith(family) and entry.weight in (400, "normal", "regular"):
                return FontProperties(fname=entry.fname)
    return None
