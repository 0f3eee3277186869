"""A picture of how many questions with and without an answer get one, threshold by threshold."""

from pathlib import Path

from matplotlib.figure import Figure

from retrieval.calibration import Calibration


def draw(found: Calibration, file: Path) -> None:
    """Writes a PNG: false answers (x) against answered questions (y), a curve a language."""
    figure = Figure(figsize=(6, 4.5), dpi=120, layout="constrained")
    axes = figure.subplots()
    kinds = (
        ("same language", found.within, "tab:blue"),
        ("other language", found.across, "tab:red"),
    )
    for name, threshold, colour in kinds:
        if threshold is None:
            continue
        _, false, answered = zip(*threshold.curve, strict=True)
        axes.plot(false, answered, color=colour, label=name, drawstyle="steps-post")
        axes.plot(threshold.false, threshold.answered, "o", color=colour)
        axes.annotate(
            f"{threshold.threshold:.2f}",
            (threshold.false, threshold.answered),
            textcoords="offset points",
            xytext=(8, -12),
        )
    axes.axvline(found.allowed, color="grey", linestyle=":", label=f"allowed: {found.allowed:.0%}")
    axes.set(
        xlabel="share answered of questions without an answer",
        ylabel="share answered of questions that have one",
        xlim=(0, 1),
        ylim=(0, 1.02),
        title="Answers by threshold",
    )
    axes.legend(loc="lower right")
    axes.grid(alpha=0.3)
    figure.savefig(file, format="png")
