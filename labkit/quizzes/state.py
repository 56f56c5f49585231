"""What a person has answered: one small JSON file, written whole or not at all after every answer.

It lies in LAB_HOME, or where programs keep a person's data on this system. Items it knows and the course does not
(removed, renamed, of another branch) are kept and left alone.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from labkit.grading.terminal import write_json

VERSION = 1
NAME = "progress.json"


def folder(environment=os.environ) -> Path:
    """Where a person's progress lies on this system."""
    if environment.get("LAB_HOME"):
        return Path(environment["LAB_HOME"]).expanduser()
    if sys.platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return base / "quantization-labs"


class State:
    """Item id -> {card, seen, right}. `tell(key, **fills)` says to the person what went wrong, once."""

    def __init__(self, file: Path, tell: Callable[..., None]):
        self.file, self.tell, self.saves, self.told = file, tell, True, False
        self.items: dict[str, dict] = self._read()

    def entry(self, item: str) -> dict:
        return self.items.get(item, {})

    def keep(self, item: str, entry: dict) -> None:
        """Store one answer now; another session's answers, written meanwhile, stay."""
        self.items = {**((self.saves and self._read()) or self.items), item: entry}
        if not self.saves:
            return
        try:
            write_json({"version": VERSION, "items": self.items}, self.file)
        except OSError as error:
            if not self.told:
                self.tell("state_unsaved", reason=error.strerror or str(error))
            self.told = True

    def reset(self) -> Path | None:
        """Put the file aside under a dated name; None if there is none."""
        self.items = {}
        return _aside(self.file, "reset") if self.file.exists() else None

    def _read(self) -> dict[str, dict]:
        try:
            stored = json.loads(self.file.read_text(encoding="utf-8"))
            items = stored["items"]
            if not isinstance(stored["version"], int) or not isinstance(items, dict):
                raise ValueError("not a progress file")
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.saves = False
            self.tell("state_unsaved", reason=error.strerror or str(error))
            return {}
        except (ValueError, KeyError, TypeError, RecursionError):  # ValueError: also JSON and UTF-8 errors
            self.tell("state_broken", file=_aside(self.file, "broken"))
            return {}
        if stored["version"] > VERSION:
            self.saves = False
            self.tell("state_newer", file=self.file)
        return {name: entry for name, entry in items.items() if isinstance(entry, dict)}


def _aside(file: Path, why: str) -> Path:
    """Rename `file` to a free name with the date in it."""
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    target = file.with_name(f"{file.stem}-{why}-{stamp}{file.suffix}")
    number = 2
    while target.exists():
        target = file.with_name(f"{file.stem}-{why}-{stamp}-{number}{file.suffix}")
        number += 1
    os.replace(file, target)
    return target
