"""The sender of `python -m bench.broadcast --faults`, whose pauses after faults are short, as
they are most of the time that it takes."""

from bench import broadcast
from campaigns import sending

sending.FIRST_PAUSE_S = 0.1
broadcast.main()
