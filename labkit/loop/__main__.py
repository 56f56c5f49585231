"""`python -m labkit.loop [VERB …]`: the loop without the command `lab`; without a verb, where you are."""

from __future__ import annotations

import importlib
import sys

VERBS = {
    "check": "labkit.loop.check",
    "watch": "labkit.loop.watch",
    "hint": "labkit.loop.hint",
    "next": "labkit.loop.next_step",
    "reset": "labkit.loop.reset",
    "solution": "labkit.loop.solution",
}


def main(argv: list[str]) -> int:
    if argv and argv[0] in VERBS:
        return importlib.import_module(VERBS[argv[0]]).main(argv[1:])
    from labkit.loop import home

    return home.main(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
