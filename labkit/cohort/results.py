"""The folder of results: whole at any moment, whatever kills the run.

    results.jsonl        append-only, one line a graded submission; the last line of an id holds
    scorecards/ID.json   the scorecard, written whole or not at all
    messages/ID.txt      words for the student
    cohort.json          what was asked (labs, seed) and which round of grading this is

Card and message are written first, the line last: the line is what counts. A run that is killed between the two
grades that submission again; a line that was cut off is dropped at the next start.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.grading.terminal import write_json

SYNC_EVERY = 5.0  # seconds: a power cut may cost the lines since then, a killed process costs none


class Busy(Exception):
    """Another run is writing to the same folder."""


@dataclass(frozen=True, slots=True)
class Last:
    """What the last line of an id says, and where it lies in results.jsonl."""

    digest: str
    verdict: str
    round: int
    at: int
    before: int | None  # where the last line of an earlier round lies


class Results:
    """Opens (and if need be mends) the folder; one writer at a time."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.lines = folder / "results.jsonl"
        for name in ("scorecards", "messages"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._file = self.lines.open("a+b")
        self._lock()
        self._mend()
        self.settings = self._read_settings()
        self._synced = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.sync()
        self._file.close()

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: nothing here depends on it but the warning
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however it ends
        except OSError:
            raise Busy(f"another `lab cohort` is writing to {self.folder}: wait for it, or stop it first") from None

    def _mend(self) -> None:
        """Drop a last line that was cut off, and what a killed run left half written."""
        size = self.lines.stat().st_size
        step = min(size, 1 << 20)  # a line has some kB
        self._file.seek(size - step)
        tail = self._file.read(step)
        if tail and not tail.endswith(b"\n"):
            os.truncate(self.lines, size - step + tail.rfind(b"\n") + 1)
        for part in (*self.folder.glob("*.part"), *self.folder.glob("*/*.part")):
            part.unlink(missing_ok=True)

    def _read_settings(self) -> dict:
        try:
            return json.loads((self.folder / "cohort.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def save_settings(self, **settings) -> None:
        """Store what was asked and how far it is."""
        self.settings = {**self.settings, **settings}
        write_json(self.settings, self.folder / "cohort.json")

    def latest(self, this_round: int) -> dict[str, Last]:
        """The last line of each id."""
        found: dict[str, Last] = {}
        for at, line in self._read():
            old = found.get(line["id"])
            before = None
            if line["round"] == this_round and old:
                before = old.at if old.round < this_round else old.before
            found[line["id"]] = Last(line["digest"], line["verdict"], line["round"], at, before)
        return found

    def _read(self) -> Iterator[tuple[int, dict]]:
        with self.lines.open("rb") as file:
            at = 0
            for raw in file:
                if raw.strip():
                    yield at, json.loads(raw)
                at += len(raw)

    def lines_at(self, places: list[int]) -> Iterator[dict]:
        """The lines at these places, one after the other: 100,000 of them need not be in memory at once."""
        with self.lines.open("rb") as file:
            for place in places:
                file.seek(place)
                yield json.loads(file.readline())

    def add(self, line: dict, card: dict | None, message: str) -> None:
        """Record one graded submission."""
        target = self.folder / "scorecards" / f"{line['id']}.json"
        if card:
            write_json(card, target)
        else:
            target.unlink(missing_ok=True)  # the card of an earlier round would contradict the line
        _write_whole(self.folder / "messages" / f"{line['id']}.txt", message)
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        self._file.flush()
        if time.monotonic() - self._synced > SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        """Have the system write the lines to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()


def _write_whole(target: Path, text: str) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.write_bytes(text.encode("utf-8", "backslashreplace"))
    os.replace(part, target)
