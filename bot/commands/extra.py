"""Commands whose libraries a deployment does without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around the imports of a command that needs an extra of the distribution: says how to install it."""
    try:
        yield
    except ModuleNotFoundError as missing:
        advice = f"pip install 'autoreply[{name}]'"
        raise click.ClickException(
            f"this command needs {missing.name}, which a deployment does not: {advice}"
        ) from missing
