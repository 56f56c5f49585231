"""The textbook's claims, as this model bears them out, on seeds that were not used to set the bounds.

The stored runs (data/measurements/model-orderings.json) hold five seeds, 0 to 4; the tests take two others.
"""

import math

import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from labkit import provenance  # noqa: E402
from labkit.grading.implementation import resolve  # noqa: E402
from labkit.models import orderings  # noqa: E402
from labkit.models.claims import ACTIVATIONS, CLAIMS  # noqa: E402
from labkit.models.learner import Learner  # noqa: E402
from labkit.models.load import load_model  # noqa: E402
from labkit.models.report import WRONG  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

FRESH_SEEDS = (5, 6)
STORED = {row["claim"]: row for row in provenance.read("model-orderings")["claims"]}


@pytest.fixture(scope="module")
def trial():
    """trial(claim): the weights' claims need as much text as was stored; the activations' effects are larger."""
    learner = Learner(resolve("solution"))
    slips = orderings.slips_of(learner, sorted(WRONG.glob("*.py")))
    shipped = load_model()
    weights = orderings.Trial(*shipped, learner, slips, prompts=10, documents=400)
    activations = orderings.Trial(*shipped, learner, slips, prompts=5, documents=120)
    return lambda claim: activations if claim in ACTIVATIONS else weights


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_the_claim_holds_on_seeds_it_was_not_set_on(trial, claim):
    values = [claim.measure(trial(claim), seed) for seed in FRESH_SEEDS]
    assert all(map(claim.holds, values)), f"{claim.says['en']} Measured {values}, bounds {claim.low} to {claim.high}"


def test_the_fresh_seeds_are_not_among_the_stored_ones():
    stored = provenance.read("model-orderings")["source"]["seeds"]
    assert len(stored) >= 5 and not set(stored) & set(FRESH_SEEDS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_the_stored_margin_is_clearly_larger_than_what_is_required(claim):
    row = STORED[claim.name]
    assert row["holds"] and row["says"] == claim.says
    assert (row["low"], row["high"]) == tuple(b if math.isfinite(b) else None for b in (claim.low, claim.high))
    if claim.unit == "bytes":
        return  # counted, not sampled: the same with every seed
    if math.isfinite(claim.low) and math.isfinite(claim.high):  # nothing shows: the bounds are twice what was seen
        for value in row["values"]:
            assert claim.low <= 2 * value <= claim.high
    else:
        assert min(row["values"]) >= 2 * claim.low > 0


def test_a_seed_draws_other_text_other_prompts_and_other_loud_channels(trial):
    arms = trial(ACTIVATIONS[0])
    a, b = (arms._exam(seed) for seed in FRESH_SEEDS)
    assert a._pairs != b._pairs and not torch.equal(a._ids, b._ids)
    twins = [arms._subject("twin", "", seed).model.layers[0].input_layernorm.weight for seed in FRESH_SEEDS]
    assert not torch.equal(*twins)


def test_a_claim_that_does_not_hold_is_reported_as_such():
    claim = orderings.Claim("up", {"en": "It goes up.", "es": "Sube."}, "bytes", lambda t, s: s - 1.0, low=0.5)
    rows = orderings.measure(None, (claim,), seeds=3)
    assert rows[0]["values"] == [-1.0, 0.0, 1.0] and not rows[0]["holds"]
    assert "DOES NOT HOLD" in orderings.text(rows)
