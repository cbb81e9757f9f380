"""How long work reports that it goes on; who shows it is another matter."""

from typing import Protocol


class Progress(Protocol):
    """Called with a task's name, the units done and the total; it returns at once."""

    def __call__(self, task: str, done: int, total: int) -> None:
        """Take note of the progress."""
        ...


def silent(task: str, done: int, total: int) -> None:
    """Take no note of progress."""
    del task, done, total
