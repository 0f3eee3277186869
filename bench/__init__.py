"""Benchmarks: python -m bench.NAME --json. See docs/benchmarks.md."""
