"""Where Chromium is, for the tests that drive it. `python -m tests.chromium` installs Debian's where it may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ABSENT: Final = "BROWSER TESTS DID NOT RUN: there is no Chromium; install it with your system's packages."


def find() -> str | None:
    """The path of Chromium's program."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Installs Debian's Chromium, for root on a Debian or Ubuntu; elsewhere it does nothing."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "chromium"]):
        subprocess.run(["apt-get", "-qq", *command], check=False, stdout=subprocess.DEVNULL, env=environment)


if __name__ == "__main__":
    if not find():
        install()
    if not find():
        print(ABSENT, file=sys.stderr)  # noqa: T201
