"""How a command gets its settings, or says what is wrong with them."""

from __future__ import annotations

import os

import click

from bot.inbound.providers import read_inbound
from worker.options import SettingsError
from worker.outbound.providers import read_reply
from worker.settings import Role, Settings


def complete_settings(role: Role) -> Settings:
    """Those of this role, what the accounts' adapters are told included. Raises SettingsError with every fault."""
    settings = Settings.from_environment(os.environ, role)
    faults: list[str] = []
    looks = (
        (Role.RECEIVER, lambda: read_inbound(settings.accounts, settings.public_url)),
        (Role.WORKER, lambda: read_reply(settings.accounts)),
    )
    for needs, look in looks:
        if role & needs:
            try:
                look()
            except SettingsError as error:
                faults += error.faults
    if faults:
        raise SettingsError(faults)
    return settings


def settings_for(role: Role) -> Settings:
    """Ends the command with every fault at once where the settings are incomplete."""
    try:
        return complete_settings(role)
    except SettingsError as error:
        faults = "\n".join(f"  {fault}" for fault in error.faults)
        raise click.ClickException(f"the settings are not complete:\n{faults}") from error
