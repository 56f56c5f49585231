"""Student code never runs in the judge's process.

The tests run here; the submission runs in a worker that holds numpy, the submission and nothing else
(worker.py). A call travels as arrays and plain values (values.py, channel.py), into a process that can see
neither the repository nor the network (sandbox.py), with limits on time, memory and output (limits.py).
A zygote, numpy already loaded, forks one worker a submission (zygote.py); the judge does the same with pytest
and the labs' tests (server.py, judge.py).
"""
