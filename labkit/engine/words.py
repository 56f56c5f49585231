"""The last words of an engine that died: out of a log of hundreds of lines, the ones that say why."""

from __future__ import annotations

import re

# What vLLM puts before each line: "(EngineCore pid=12) ERROR 11-21 06:49:37 [core.py:402] ".
_PREFIX = re.compile(r"^(\(\w[\w-]* pid=\d+\) )?((?:INFO|WARNING|ERROR|DEBUG) [\d:. -]+ \[[\w./]+:\d+\] ?)?")
_SAID = re.compile(r"^(?:[\w.]+\.)?(\w*(?:Error|Exception|Interrupt|Exit)): ?(.*)")
# Errors that only report another one.
_ECHOES = ("Engine core initialization failed", "See root cause above", "EngineCore encountered an issue")
_ENDS_A_MESSAGE = re.compile(
    r"^(.*Warning: |Traceback|  File |For further information|\[type=|During handling|The above exception)"
)


def last_words(log: str, most: int = 3) -> str:
    """The engine's own reason, at most `most` lines; its last lines if it named none, or "it said nothing"."""
    lines = [_PREFIX.sub("", line.rstrip()) for line in log.splitlines()]
    for start in reversed(range(len(lines))):
        said = _SAID.match(lines[start])
        if said and not any(echo in lines[start] for echo in _ECHOES):
            return "\n".join(_message(lines, start, said)[:most])
    return "\n".join([line for line in lines if line.strip()][-most:]) or "it said nothing"


def _message(lines: list[str], start: int, said: re.Match) -> list[str]:
    """The line and those that continue it, tidied."""
    message = [f"{said[1]}: {said[2]}"]
    for line in lines[start + 1 :]:
        if not line.strip() or _ENDS_A_MESSAGE.match(line) or _SAID.match(line):
            break
        message.append(tidy(line))
    return [tidy(line) for line in message]


def tidy(text: str) -> str:
    """pydantic's tail of a message is for programmers: the input's type and a link."""
    return re.sub(r"\s*\[type=.*", "", text).strip()
