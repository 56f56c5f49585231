"""The server's own process: vLLM's OpenAI server, with the learner's format registered first if one is asked for.

`python -m labkit.engine.server MODEL-ARGUMENTS…`. The registration stands at top level because vLLM starts its core in
a process of its own, which imports this module anew.
"""

from __future__ import annotations

import os
from pathlib import Path

FORMAT = (
    "LABKIT_FORMAT_FILES"  # lab 02's file and lab 01's, one after the other: whose format, whose quantize_per_channel
)

if os.environ.get(FORMAT):
    from labkit.engine.own_format import NAME
    from labkit.grading.submission import load

    _format, _quantize = (load(Path(file)) for file in os.environ[FORMAT].split(os.pathsep))
    _format.get("register_int8_format")(NAME, _quantize.get("quantize_per_channel"))

if __name__ == "__main__":
    from labkit.engine import processes

    processes.die_with_parent()
    try:
        from vllm.entrypoints.launchers.api_server.entry import main
    except ModuleNotFoundError:  # other versions keep it here
        from vllm.entrypoints.openai.api_server import main
    main()
