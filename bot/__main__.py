"""`python -m bot` is `chezhi`."""

from bot.cli import main

main()
