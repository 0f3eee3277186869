"""Names of models, as an option of a command gives them."""

from collections.abc import Sequence

import typer


def chosen(given: str, default: Sequence[str], known: Sequence[str]) -> list[str]:
    """Those between the commas. Raises BadParameter for one that is not known."""
    names = [name for name in given.replace(" ", "").split(",") if name] or list(default)
    if unknown := sorted(set(names) - set(known)):
        raise typer.BadParameter(
            f"There is no model {', '.join(unknown)}. There are: {', '.join(known)}.",
            param_hint="--models",
        )
    return names
