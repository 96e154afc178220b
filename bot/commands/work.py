"""`autoreply work`: the workers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.commands.settings import settings_for
from worker.bookshelf import NoBook, insist_on_a_book
from worker.outbound.providers import read_reply
from worker.parent import run_several
from worker.process import run_one
from worker.settings import Role


@click.command(short_help="Decide by the rule book and send the replies.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1), help="One a core is plenty.")
@click.option(
    "--concurrency",
    default=500,
    show_default=True,
    type=click.IntRange(1),
    help="Replies under way in each process at most.",
)
def work(processes: int, concurrency: int) -> None:
    """Decide about messages by the rule book and send the replies.

    Start as many as you like, on as many machines: they share the work. A worker that is stopped finishes what is under
    way; one that is killed costs nothing, since another takes up its messages within 30 seconds.

    The book may be changed while they work: the new one is in force within seconds, or refused where it has a fault,
    and then the old one stays, also for a worker that starts meanwhile: Redis keeps the one that was last in force.
    SIGHUP makes them look at once; `autoreply reload` says what came of it.

    \b
    Needs:   AUTOREPLY_REDIS_URL and AUTOREPLY_ACCOUNTS; or AUTOREPLY_BOOK and AUTOREPLY_PRELUDE_API_TOKEN
    """
    settings = settings_for(Role.WORKER, lambda settings: read_reply(settings.accounts))
    for file in dict.fromkeys(account.book for account in settings.accounts):
        try:
            asyncio.run(insist_on_a_book(settings.redis_url, Path(str(file))))
        except NoBook as error:
            raise click.ClickException(f"the rule book cannot be used:\n{error}") from error
    if processes == 1:
        run_one(settings, concurrency)
    else:
        run_several(settings, processes, concurrency)
