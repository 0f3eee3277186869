"""`python -m playground`: the server alone, for any bot."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path

from playground.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 picks a free one")
    parser.add_argument("--data-dir", type=Path, help="keep chats and files here")
    args = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(args.host, args.port, args.data_dir))


if __name__ == "__main__":
    main()
