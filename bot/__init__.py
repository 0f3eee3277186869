"""Telegram face of Chezhi: routers, keyboards, texts, wiring and the command line."""

import gc
import os

# Before torch is loaded: a thread that has done its share of a product sleeps until the others have
# theirs. Spinning meanwhile, as is the default, takes the core from whom it waits for wherever
# something else runs too: a query's 95th percentile was 1,640 ms so, and 47 ms asleep.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# The libraries make objects by the hundred thousand as they load, and hardly any garbage: looking
# for some every 700 objects, as is the default, makes a start an eighth longer.
gc.set_threshold(10_000)
