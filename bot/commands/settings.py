"""How a command gets its settings, or says what is wrong with them."""

from __future__ import annotations

import os

import click

from worker.settings import Role, Settings, SettingsError


def settings_for(role: Role) -> Settings:
    """Ends the command with every fault at once where the settings are incomplete."""
    try:
        return Settings.from_environment(os.environ, role)
    except SettingsError as error:
        faults = "\n".join(f"  {fault}" for fault in error.faults)
        raise click.ClickException(f"the settings are not complete:\n{faults}") from error
