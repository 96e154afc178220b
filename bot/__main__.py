"""`python -m bot` is `autoreply`."""

from bot.commands import main

if __name__ == "__main__":
    main()
