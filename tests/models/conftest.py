"""Tools of the model's tests."""

import pytest


@pytest.fixture(scope="module")
def one_thread():
    """As in `lab eval`: torch's pool and numpy's would wait for each other longer than they compute."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
