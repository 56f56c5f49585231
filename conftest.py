"""The switch: whose functions do the labs' tests grade?

    LAB_IMPL=solution    the reference solution of each lab (the default)
    LAB_IMPL=starter     what you are writing
    LAB_IMPL=DIRECTORY   a folder that holds <lab folder>/starter.py
    LAB_IMPL=FILE.py     one file, for the one lab being run

The contract of every lab's test:
1. It asks for `lab` and calls the learner's functions on it. It imports neither starter nor solution.
2. It belongs to one exercise, named by `@pytest.mark.exercise("function")`.
3. It recomputes what it expects from first principles.
4. Its claims go through `check`, whose messages name the likely misunderstanding.
5. Its inputs come from `draw`: irregular, the same for everyone, others with `--seed N`.
6. Marked `gpu`, it is skipped where CUDA is absent, marked `engine` where vLLM is; skipped is never passed.
   With LAB_REQUIRE=engine a missing engine is a failure.
"""

import os

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy reads it: threads that wait make a verdict slow

pytest_plugins = ["labkit.grading.plugin", "labkit.engine.plugin"]


@pytest.fixture
def lab(request):
    """The functions under test: `lab.quantize_per_tensor(w)` calls the learner's."""
    from labkit.grading.plugin import lab_under_test  # pytest itself must be the first to import it

    return lab_under_test(request)


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu") and not _cuda_is_available():
        pytest.skip("needs a GPU: CUDA is not available here")
    if item.get_closest_marker("engine"):
        from labkit.engine.plugin import skip_or_fail

        skip_or_fail()


def _cuda_is_available() -> bool:
    try:
        import torch  # seconds of import: only once a gpu test is really about to run
    except ImportError:
        return False
    return torch.cuda.is_available()
