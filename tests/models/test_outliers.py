"""The outlier twin computes the same; what smoothing changes and where."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from labkit.grading.implementation import resolve  # noqa: E402
from labkit.models import outliers, schemes  # noqa: E402
from labkit.models.learner import Learner, NotUsable, functions_in  # noqa: E402
from labkit.models.load import load_model  # noqa: E402
from labkit.models.quantize import apply, inputs_of, linear_layers  # noqa: E402
from labkit.models.report import WRONG  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def shipped():
    return load_model()


@pytest.fixture(scope="module")
def calibration(shipped):
    return outliers.calibration_ids(shipped[1], documents=100)


@pytest.fixture(scope="module")
def solution():
    return Learner(resolve("solution"))


@pytest.mark.parametrize("seed, count, factor", [(0, 3, 80.0), (1, 1, 80.0), (2, 6, 320.0)])
def test_the_twin_gives_the_same_logits_up_to_rounding(shipped, calibration, seed, count, factor):
    twin = outliers.make_twin(shipped[0], outliers.loud_channels(256, count, seed), factor)
    expected, got = shipped[0](calibration).logits, twin(calibration).logits
    # float32 keeps 24 bits; the three blocks each add some roundings of sums of 256 products.
    assert (got - expected).abs().max() <= 1e-5 * expected.abs().max()
    assert not any(torch.equal(a, b) for a, b in zip(expected, got)), "the twin is a copy, and nothing was tested"


def test_the_twins_loud_channels_are_that_much_louder_and_no_others(shipped, calibration):
    channels = outliers.loud_channels(256)
    twin = outliers.make_twin(shipped[0], channels)
    for before, after in zip(outliers.loudness(shipped[0], calibration), outliers.loudness(twin, calibration)):
        ratio = after / before
        assert np.allclose(ratio[channels], outliers.FACTOR, rtol=1e-3)
        assert np.allclose(np.delete(ratio, channels), 1, rtol=1e-3)


def test_making_a_twin_leaves_the_model_alone(shipped):
    before = {k: v.clone() for k, v in shipped[0].state_dict().items()}
    outliers.make_twin(shipped[0], [3])
    assert all(torch.equal(before[k], v) for k, v in shipped[0].state_dict().items())


@pytest.mark.parametrize("channels, factor", [([], 80.0), ([256], 80.0), ([-1], 80.0), ([1], 0.0), ([1], float("nan"))])
def test_a_channel_or_factor_that_cannot_be_is_refused(shipped, channels, factor):
    with pytest.raises(ValueError, match="channels is|factor is"):
        outliers.make_twin(shipped[0], channels, factor)


def test_loud_channels_depend_on_the_seed_alone():
    assert outliers.loud_channels(256, 3, 1) == outliers.loud_channels(256, 3, 1) != outliers.loud_channels(256, 3, 2)


def test_smoothing_keeps_the_function_and_takes_the_outliers_away(shipped, calibration, solution):
    twin = outliers.make_twin(shipped[0], outliers.loud_channels(256))
    calm = outliers.smoothed(twin, solution, calibration)
    expected = twin(calibration).logits
    assert (calm(calibration).logits - expected).abs().max() <= 1e-5 * expected.abs().max()
    for before, after in zip(outliers.loudness(twin, calibration), outliers.loudness(calm, calibration)):
        assert before.max() / np.median(before) > 40 and after.max() / np.median(after) < 4


def test_whatever_alpha_is_smoothing_divides_a_loud_channel_by_its_whole_factor(shipped, calibration, solution):
    # s has act ** alpha, 80 times louder, over wmax ** (1 - alpha), 80 times quieter: 80 ** (alpha + 1 - alpha).
    channels = outliers.loud_channels(256)
    twin = outliers.make_twin(shipped[0], channels)
    for alpha in (0.25, 0.5, 0.75):
        calm = [outliers.smoothed(subject, solution, calibration, alpha) for subject in (shipped[0], twin)]
        calm = [outliers.loudness(subject, calibration) for subject in calm]
        for healthy, restored in zip(*calm):
            assert np.allclose(healthy, restored, rtol=1e-3)


def test_the_layers_that_read_one_norm_share_one_s(shipped, calibration, solution):
    calm = outliers.smoothed(shipped[0], solution, calibration)
    before, after = linear_layers(shipped[0]), linear_layers(calm)
    for readers in outliers.READERS.values():
        s = [(after[f"0.{r}"].weight / before[f"0.{r}"].weight).median(dim=0).values for r in readers]
        assert all(torch.allclose(s[0], other, rtol=1e-4) for other in s[1:])
    for name in ("0.self_attn.o_proj", "0.mlp.down_proj"):
        assert torch.equal(before[name].weight, after[name].weight)


def test_calibration_text_is_never_a_held_out_prompt():
    from labkit.models import corpus

    held = {p + a for t in corpus.TASKS for p, a in corpus.held_out(t, 50)}
    assert not held & set(corpus.training_text(200, 0, part=-2).splitlines())


def test_a_calibration_text_that_is_too_short_is_refused(shipped):
    with pytest.raises(ValueError, match="documents is 1"):
        outliers.calibration_ids(shipped[1], documents=1)


def test_a_smoothing_function_that_is_not_written_is_named(shipped, calibration):
    with pytest.raises(NotUsable, match=r"not written yet: channel_absmax \(lab 04\)"):
        outliers.smoothed(shipped[0], Learner(resolve("starter")), calibration)


def test_upside_down_scales_make_the_twin_louder(shipped, calibration, solution):
    wrong = solution.with_instead(functions_in(WRONG / "scales_upside_down.py"))
    twin = outliers.make_twin(shipped[0], outliers.loud_channels(256))
    loud = outliers.loudness(outliers.smoothed(twin, wrong, calibration), calibration)
    assert min(each.max() / np.median(each) for each in loud) > 1000


def test_inputs_are_recorded_where_they_enter(shipped, calibration, solution):
    o_proj = linear_layers(shipped[0])["2.self_attn.o_proj"]
    x = inputs_of(shipped[0], [o_proj], calibration)[0]
    assert x.shape == (calibration.numel(), 256) and x.dtype == np.float32
    assert not o_proj._forward_pre_hooks


def test_naive_w8a8_loses_the_quiet_channels_of_the_twin(shipped, calibration, solution):
    twin = outliers.make_twin(shipped[0], outliers.loud_channels(256))
    calm = outliers.smoothed(twin, solution, calibration)
    expected = shipped[0](calibration).logits
    errors = []
    for subject in (shipped[0], twin, calm):
        got = apply(schemes.by_name("w8a8-tensor"), subject, solution).model(calibration).logits
        errors.append(float((got - expected).norm() / expected.norm()))
    assert errors[1] > 2 * errors[0] and errors[2] < 1.1 * errors[0], errors
