"""The quantized KV cache: the model attends to what the codes stand for, and nothing else changes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from labkit.grading.implementation import resolve  # noqa: E402
from labkit.models import cache, evaluate, outliers  # noqa: E402
from labkit.models.learner import Learner, NotUsable  # noqa: E402
from labkit.models.load import load_model  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def shipped():
    return load_model()


@pytest.fixture(scope="module")
def ids(shipped):
    return outliers.calibration_ids(shipped[1])[:2]


def test_a_cache_that_changes_nothing_gives_the_same_model(shipped, ids):
    model = shipped[0]
    same = cache.with_cache(model, lambda k, v: (k, v))
    assert evaluate.divergence(same, model, ids.flatten()) < 1e-7
    assert model.config._attn_implementation != cache.NAME, "the original keeps its own attention"


def test_every_layer_reads_keys_and_values_through_the_cache(shipped, ids):
    model, seen = shipped[0], []

    def note(k, v):
        seen.append((k.shape, v.shape))
        return k, v

    with torch.inference_mode():
        cache.with_cache(model, note)(ids)
    config = model.config
    shape = (len(ids), config.num_key_value_heads, ids.shape[1], config.head_dim)
    assert seen == [(shape, shape)] * config.num_hidden_layers


def test_zeroed_values_are_seen_by_the_model(shipped, ids):
    model = shipped[0]
    deaf = cache.with_cache(model, lambda k, v: (k, 0 * v))
    assert evaluate.divergence(deaf, model, ids.flatten()) > 1


def test_the_arms_share_their_scales_over_the_axes_they_are_named_after():
    learner = Learner(resolve("solution"))
    rng = np.random.default_rng(0)
    k, v = (rng.standard_normal((1, 2, 5, 8)).astype(np.float32) for _ in range(2))
    k[..., 3] *= 100  # a loud channel
    v[..., 2, :] *= 100  # a loud token
    errors = {}
    for arm in cache.ARMS:
        found = cache.through_codes(learner, 8, arm)(k, v)
        errors[arm] = [np.abs(a - b)[..., 0, 0].max() for a, b in zip(found, (k, v))]  # away from what is loud
    both, tokens, swapped = (errors[arm] for arm in cache.ARMS)
    assert both[0] < 0.1 * tokens[0] and tokens[0] == swapped[0], "only a scale a channel spares the quiet keys"
    assert both[1] == tokens[1] < 0.1 * swapped[1], "only a scale a token spares the quiet values"


def test_the_bytes_are_those_of_codes_and_scales(shipped):
    config = shipped[0].config  # 3 layers, 2 heads of 64: keys and values of 10 tokens are 2 * 10 * 64 codes a head
    assert cache.bytes_of(config, 4, cache.ARMS[0], 10) == 3 * 2 * (2 * 10 * 64 / 2 + 4 * (64 + 10))
    assert cache.bytes_of(config, 8, cache.ARMS[1], 10) == 3 * 2 * (2 * 10 * 64 + 4 * (10 + 10))


def test_an_unwritten_function_says_so(shipped, ids):
    model = cache.with_cache(shipped[0], cache.through_codes(Learner(resolve("starter")), 4))
    with pytest.raises(NotUsable, match="quantize_kv"):
        model(ids)


def test_no_key_channel_of_this_model_is_four_times_as_loud_as_the_median_one(shipped, ids):
    ratios = []

    def note(k, v):
        loudness = np.abs(k).max(axis=(0, 2))  # (heads, channels)
        ratios.extend(loudness.max(axis=1) / np.median(loudness, axis=1))
        return k, v

    with torch.inference_mode():
        cache.with_cache(shipped[0], note)(ids)
    assert max(ratios) < 4, "the page says so"
