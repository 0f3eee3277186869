"""`chezhi demo` with a small sample, saying on stdout what it is about: python -m … PORT FOLDER."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import typer

from bot.cli import demo
from retrieval.knowledge import KnowledgeBase
from services.recommending import training

USERS = 80
LINES = 70  # several batches of texts, so that a kill comes between them


def lessons() -> dict[str, bytes]:
    body = "\n\n".join(f"第 {n} 条：行驶 {n * 100} 公里后检查一次轮胎。" for n in range(LINES))
    return {"tyres.md": f"# 轮胎\n\n{body}\n".encode(), "oil.md": "# 机油\n\n每年更换。".encode()}


def telling(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def told(*arguments: Any, progress: Callable[[int, int], None], **options: Any) -> Any:
        def tell(done: int, total: int) -> None:
            sys.stdout.write(f"{name} {done}\n")
            sys.stdout.flush()
            progress(done, total)

        return work(*arguments, progress=tell, **options)

    return told


if __name__ == "__main__":
    KnowledgeBase.build = telling("indexing", KnowledgeBase.build)  # type: ignore[method-assign]
    training.challenge = telling("training", training.challenge)  # type: ignore[attr-defined]
    demo.prepare = partial(demo.prepare, lessons=lessons(), users_count=USERS)
    app = typer.Typer()
    demo.mount(app)
    app(["--port", sys.argv[1], "--data-dir", sys.argv[2]])
