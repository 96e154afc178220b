"""`autoreply rules schema`: what an editor needs to complete and check a book while it is written."""

from __future__ import annotations

import json

import click

from bot.commands.rules.printing import can_print
from rules.schema import schema as schema_of_books


@click.command()
@click.option("--json", is_flag=True, expose_value=False, help="Changes nothing: JSON is all that it prints.")
def schema() -> None:
    """Print the JSON Schema (draft 7) of books, for editors.

    An editor with the YAML language server completes keys, shows what they mean and marks mistakes. Keep the schema
    beside the book and name it in the book's first line:

    \b
      # yaml-language-server: $schema=./book.schema.json

    It sees the shape of a book; `autoreply rules check` sees all of it.

    \b
    Example:
      $ autoreply rules schema > book.schema.json
    """
    text = json.dumps(schema_of_books(), indent=2, ensure_ascii=False)
    click.echo(text if can_print(text) else json.dumps(schema_of_books(), indent=2))
