"""How a command gets its settings, or says what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Callable

import click

from worker.options import SettingsError
from worker.settings import Role, Settings

Look = Callable[[Settings], object]  # at what the accounts' adapters are told; raises SettingsError


def complete_settings(role: Role, *looks: Look) -> Settings:
    """Those of this role, once each of `looks` has found no fault. Raises SettingsError with every fault of all."""
    settings = Settings.from_environment(os.environ, role)
    faults: list[str] = []
    for look in looks:
        try:
            look(settings)
        except SettingsError as error:
            faults += error.faults
    if faults:
        raise SettingsError(faults)
    return settings


def settings_for(role: Role, *looks: Look) -> Settings:
    """Ends the command with every fault at once where the settings are incomplete."""
    try:
        return complete_settings(role, *looks)
    except SettingsError as error:
        faults = "\n".join(f"  {fault}" for fault in error.faults)
        raise click.ClickException(f"the settings are not complete:\n{faults}") from error
