"""Telegram face of Chezhi: routers, keyboards, texts, wiring and the command line."""
