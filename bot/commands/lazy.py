"""A group that loads a command's module when the command is asked for.

All commands together import some 20 MB and a second of other people's libraries; a receiver or a worker needs few of
them, and shall not carry the rest as long as it lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

import click


class LazyGroup(click.Group):
    """Its commands by name, each as `module:object`. A list of them, as `--help` prints, loads them all."""

    def __init__(self, *arguments: Any, modules: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = self._modules.get(cmd_name)
        command: click.Command | None = resolve_name(where) if where else None
        return command
