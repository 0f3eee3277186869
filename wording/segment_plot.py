"""A picture of segments: how far each lies above the average of all, feature by feature."""

from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from recsys.segments import Segments
from wording.fonts import chinese_font
from wording.tags import Words

FEATURES = 14
_last: dict[str, tuple[Segments, list[str], bytes]] = {}


def draw(segments: Segments, words: Words, english: Words) -> bytes:
    """A PNG, without a display. Labels are English where no font has Chinese ones. The last one of
    each language is kept: it takes a second."""
    groups = range(len(segments.ids))
    said = [*map(words, segments.names), *(words.all(segments.top(n, 2)) for n in groups)]
    kept = _last.get(words.texts.language)
    if kept is None or kept[0] is not segments or kept[1] != said:
        out = BytesIO()
        drawn(segments, words, english).savefig(out, format="png", dpi=130, facecolor="white")
        _last[words.texts.language] = kept = segments, said, out.getvalue()
    return kept[2]


def drawn(segments: Segments, words: Words, english: Words) -> Figure:
    """The picture before it is written."""
    font = chinese_font() if words.texts.language == "zh" else None
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
        ink = _ink(np.asarray(image.cmap(image.norm(value))))
        axes.text(column, row, f"{value:+.0f}", ha="center", va="center", fontsize=7, color=ink)
    scale = figure.colorbar(image)
    scale.set_label(words.texts("segments-scale"), fontproperties=font)
    return figure


def _ink(shade: np.ndarray) -> str:
    """Black or white, whichever stands out from a shade (RGB, 0 to 1; WCAG's luminance)."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shade[:3].tolist()
    )
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "white"


def _telling(segments: Segments) -> list[int]:
    """Columns of the features that differ most between segments, in their own order."""
    spread = (segments.shares - segments.usual).std(axis=0)
    topics = [n for n, name in enumerate(segments.names) if name.startswith(("topic.", "type."))]
    return sorted(sorted(topics, key=lambda n: -spread[n])[:FEATURES])
