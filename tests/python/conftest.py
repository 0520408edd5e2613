"""The command line beside which Python's numbers are held."""

import json
import os
import pathlib
import subprocess
from typing import Any

ROOT = pathlib.Path(os.environ.get("ONSAGER_ROOT") or pathlib.Path(__file__).parents[2])


def onsager_binary() -> str:
    """The program: ONSAGER_BINARY, or what `cargo build` made last. A test without it fails."""
    given = os.environ.get("ONSAGER_BINARY")
    places = [ROOT / "target" / profile / "onsager" for profile in ("release", "debug")]
    places = [pathlib.Path(given)] if given else [place for place in places if place.exists()]
    if not places:
        raise FileNotFoundError("the program onsager: cargo build, or set ONSAGER_BINARY")
    return str(max(places, key=lambda place: place.stat().st_mtime))


def by_command(line: str) -> Any:
    """The JSON that the command line prints."""
    words = [onsager_binary(), *line.split(), "--format", "json"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    return json.loads(done.stdout)
