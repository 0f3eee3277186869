"""Benchmarks: python -m bench.NAME --json. See docs/benchmarks.md."""

import bot  # noqa: F401  how threads wait, as in what is measured
