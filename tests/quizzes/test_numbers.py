"""Which numbers a text quotes, and what holds at the precision quoted."""

import pytest

from labkit.quizzes import numbers


def needing_evidence(text: str) -> list[str]:
    return [quote.written for quote in numbers.quotes(text) if not quote.free]


@pytest.mark.parametrize(
    "text",
    [
        "INT8, INT4, W4A16, W8A8, FP8, NF4, E4M3FN, H100, Q1 and P99",
        "an 8B and a 70B model, Llama-3.1-8B, Llama 3.1, Qwen2.5-0.5B, lab-02, int4-g128",
        "7 layers of 128 by 256, 16 heads, -7 to 7, 4-bit codes in groups of 64 or 32",
        "in 2023, as section 4.2 and table 5 say (arXiv:2210.17323)",
        "1/4 of it, [the page](https://example.org/2024/99)",
    ],
)
def test_names_small_whole_numbers_and_years_are_free(text):
    assert needing_evidence(text) == []


@pytest.mark.parametrize(
    "text, quoted",
    [
        ("it takes 4.125 bits", ["4.125"]),
        ("8,030,261,248 parameters", ["8,030,261,248"]),
        ("10 % of the time", ["10"]),
        ("16 GB, 8GB and 4 ms", ["16", "8", "4"]),
        ("36x as fast", ["36"]),
        ("127 codes, 448 at most, 2048 columns", ["127", "448", "2048"]),
        ("between -127 and +127", ["127", "127"]),
        ("2^31, 10⁹, 1e9 and 2.6 × 10^9", ["2^31", "10⁹", "1e9", "2.6 × 10^9"]),
        ("128x4096", ["4096"]),
        ("36-fold", ["36"]),
        ("(17)", ["17"]),
    ],
)
def test_figures_need_evidence(text, quoted):
    assert needing_evidence(text) == quoted


def test_a_number_is_one_number_however_it_is_written():
    keys = {quote.key for quote in numbers.quotes("1e9, 10^9, 10⁹, 1,000,000,000, 1000000000, 1_000_000_000")}
    assert keys == {"1000000000"}
    assert numbers.quotes("1.50")[0].key != numbers.quotes("1.5")[0].key  # it claims more


@pytest.mark.parametrize(
    "value, says, holds",
    [
        (1.54, "1.5", True),
        (1.54, "1.50", False),
        (1.54, "1.5 ×", True),
        (1.56, "1.5", False),
        (0.364, "36 %", True),
        (0.364, "36.4 %", True),
        (0.364, "37 %", False),
        (36.4, "36 %", True),
        (8030261248, "8,030,261,248", True),
        (8030261248, "8,030,261,249", False),
        (-0.3, "-0.3", True),
        (-0.3, "−0.3", True),
        (-0.3, "0.3", False),
        (2**31, "2^31", True),
        (2**31 + 1, "2^31", False),
        (0.15, "0.1", True),
        (0.15, "0.2", True),
        (4.125, "4.1", True),
        (1e9, "1e9", True),
        (1.6e9, "1e9", False),
        (4.125, "no number", False),
        (2.0**-22, "2^-22", True),
    ],
)
def test_a_number_holds_at_the_precision_it_is_quoted_with(value, says, holds):
    assert numbers.holds(value, says) is holds


def test_languages_are_compared_number_by_number():
    assert numbers.same_in_both({"en": "4.125 of INT8", "es": "INT8: 4.125"}) is None
    assert "only in en: 4.125; only in es: 4.25" in numbers.same_in_both({"en": "4.125", "es": "4.25"})
    assert numbers.same_in_both({"en": "INT8", "es": "INT4"})
