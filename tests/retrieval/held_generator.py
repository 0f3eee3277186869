"""A generator that a test holds up."""

from threading import Event

from retrieval.local_generator import LocalGenerator


class Held(LocalGenerator):
    """Waits before the model begins, and tells when it has ended."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.begin, self.ended = Event(), Event()

    def _generate(self, *args: object) -> None:
        self.begin.wait(20)
        super()._generate(*args)  # type: ignore[arg-type]
        self.ended.set()
