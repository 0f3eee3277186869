"""Packages that only some settings need."""

from importlib.util import find_spec


class MissingExtra(Exception):
    """A package isn't installed; the message says how to install it."""


def need(extra: str, *modules: str) -> None:
    """Raises MissingExtra unless all modules of the extra can be imported."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtra(
            f"it needs {', '.join(missing)}, which the extra `{extra}` installs: "
            f"pip install 'chezhi[{extra}]' (from a checkout: pip install -e '.[{extra}]')"
        )
