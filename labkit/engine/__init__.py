"""vLLM: install it, run a function in a child process with it, read the meters, serve, register a format.

Nothing here imports vllm or torch at the top, but for what runs inside the child: finding out whether the engine
is there must cost nothing.
"""
