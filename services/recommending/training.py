"""Training on what people did, and looking at what was trained: the work behind the lists."""

from __future__ import annotations

import asyncio
import random
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from recsys import artefacts
from recsys.contest import challenge
from recsys.folders import Folder, of_log
from recsys.health import examine
from recsys.log import Log, instant
from recsys.progress import Progress, begin, forget
from recsys.training import GRID, Grid
from services.clock import utc_now
from services.recommending.logs import agreed_log
from services.recommending.serving import Recommendations
from storage.database import Database

# Whose lists the report looks at.
MOST_USERS = 2000


class Training:
    """Makes models from the signals of people who agreed. `margin`: how much nDCG@10 a new one may
    cost and still go live."""

    def __init__(
        self, database: Database, recommendations: Recommendations, root: Path, margin: float = 0.0
    ) -> None:
        self.database = database
        self.recommendations = recommendations
        self.root = root
        self.margin = margin
        self._stop = Event()

    async def train(
        self,
        progress: Progress | None = None,
        *,
        force: bool = False,
        grid: Grid = GRID,
    ) -> dict[str, Any]:
        """Trains on the signals of people who agreed, and puts the model to use if it beats the one
        that is live, or with `force`. `grid` has the models and settings to try. Returns the new
        version's manifest. After a crash it goes on where it was, on the signals that it had,
        unless the log changed but for new ones.

        Raises dataset.TooLittleData, artefacts.Busy.
        """
        log, catalogue = await agreed_log(self.database, self.recommendations.item_of)
        self._stop.clear()
        try:
            manifest = await asyncio.to_thread(self._fit, log, catalogue, force, progress, grid)
        except asyncio.CancelledError:
            self._stop.set()  # the thread ends with its epoch
            raise
        await self.recommendations.open()
        return asdict(manifest)

    async def own_log(self) -> Folder:
        """What people who agreed did, with the last part of it to measure models on.

        Raises dataset.TooLittleData.
        """
        log, catalogue = await agreed_log(self.database, self.recommendations.item_of)
        return await asyncio.to_thread(of_log, log, catalogue, self.recommendations.confidence)

    async def health(self, now: datetime, k: int = 10) -> dict[str, Any]:
        """`recsys.health` of the top k of a random `MOST_USERS` people, by what they did alone."""
        log, catalogue = await agreed_log(self.database, self.recommendations.item_of)
        recommender = await self.recommendations.ready()

        def examined() -> dict[str, Any]:
            pairs = self.recommendations.confidence.of(log, now)
            pairs = pairs[pairs.confidence != 0]
            known = np.unique(pairs.user).tolist()
            lists = []
            for user in random.Random(7).sample(known, min(MOST_USERS, len(known))):  # noqa: S311
                own = slice(*np.searchsorted(pairs.user, (user, user + 1)))
                touched = (log.items[n] for n in pairs.item[own])
                history = dict(zip(touched, pairs.confidence[own].tolist(), strict=True))
                best = recommender.recommend(history, [], k=k, leave_out=history)
                lists.append([one.item for one in best])
            return asdict(examine(lists, log, catalogue, now, self.recommendations.confidence))

        return {"version": self.recommendations.version} | await asyncio.to_thread(examined)

    def _fit(
        self,
        log: Log,
        catalogue: list[str],
        force: bool,
        progress: Progress | None,
        grid: Grid,
    ) -> artefacts.Manifest:
        with artefacts.training(self.root):
            champion = artefacts.load(self.root)
            log = begin(self.root, log, catalogue)
            trained, outcome = challenge(
                log,
                catalogue,
                instant(log.time.max()) if len(log) else utc_now(),
                champion[0].champion if champion else None,
                margin=self.margin,
                force=force,
                confidence=self.recommendations.confidence,
                grid=grid,
                progress=progress,
                stop=self._stop,
                root=self.root,
            )
            manifest = artefacts.save(self.root, trained, outcome)
            forget(self.root)
        return manifest
