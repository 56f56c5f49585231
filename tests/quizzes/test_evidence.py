"""A deliberately false number fails, wherever it is put; and evidence that leads nowhere is not evidence."""

import json

import pytest

from labkit.quizzes import evidence, load

QUIZ = "data/quizzes/phase-26-quantization.yaml"
INTERVIEW = "data/interviews/phase-06-quantization.yaml"
ENGLISH = "4 + 16 / 128 = 4.125 bits: the memory is 3.88 times smaller"
SPANISH = "4 + 16 / 128 = 4.125 bits: la memoria es 3.88 veces menor"


def test_the_small_course_holds(small):
    assert small.slips() == []


@pytest.mark.parametrize(
    "changes, told",
    [
        ((ENGLISH, ENGLISH.replace("4.125", "4.25")), ["`explanation.en` quotes 4.25", "only in es: 4.125"]),
        ((SPANISH, SPANISH.replace("3.88", "3.98")), ["`explanation.es` quotes 3.98", "only in en: 3.88"]),
        (
            (ENGLISH, ENGLISH.replace("3.88", "3.7"), SPANISH, SPANISH.replace("3.88", "3.7")),
            ["`explanation.en` quotes 3.7", "`explanation.es` quotes 3.7"],
        ),
        (("says: 4.125", "says: 4.25"), ["`bits_per_weight(128)` gives 4.125, not 4.25"]),
        (('["3.88", "3.9 ×"]', '["3.88", "3.8 ×"]'), ["gives 3.878787879, not 3.8 ×"]),
        (('says: "11,008"', 'says: "11,009"'), ["gives 11008, not 11,009"]),
        (("says: 2.0", "says: 2.1"), ["gives 2, not 2.1"]),
        (("value: 131072", "value: 131073"), ["`value` is 131073"]),
        (
            ('{en: "4.125 bits", es: "4.125 bits"}', '{en: "4.5 bits", es: "4.5 bits"}'),
            ["`choices.2.text.en` is right and quotes 4.5"],
        ),
        (
            ("formula: bits_per_weight(128)", "formula: bits_per_weight(64)"),
            ["`bits_per_weight(64)` gives 4.25, not 4.125"],
        ),
        (("INT8 speed up", "INT4 speed up"), ["the languages quote different numbers"]),
        (("What a group costs", "What 99 groups cost"), ["`title`: the languages quote different numbers"]),
    ],
    ids=["en", "es", "both", "says", "list", "measured", "ratio", "value", "choice", "formula", "name", "title"],
)
def test_a_false_number_fails(small, changes, told):
    small.change(*changes)
    slips = "\n".join(small.slips())
    for words in told:
        assert words in slips


@pytest.mark.parametrize(
    "english, spanish, field, file",
    [
        ("forgets the scales", "olvida las escalas", "choices.1.misunderstanding", QUIZ),
        ("The scales are stored too.", "Las escalas también se guardan.", "choices.1.why", QUIZ),
        ("Decode is memory-bound: fewer", "La decodificación está limitada por la memoria: se leen", "answer", QUIZ),
        ("Half the bytes, half", "La mitad de bytes, la mitad", "explanation", QUIZ),
        ("so `4.125` bits a weight", "así que `4.125` bits por peso", "answer", INTERVIEW),
        ("groups along the inputs", "grupos a lo largo de las entradas", "names.axis", INTERVIEW),
        ("It computes in INT4.", "Calcula en INT4.", "weak.2.says", INTERVIEW),
        ("Forgets the scales.", "Olvida las escalas.", "weak.1.why", INTERVIEW),
        ("Which kernel reads it?", "¿Qué kernel lo lee?", "follow_ups.2", INTERVIEW),
        ("GPTQ and AWQ.", "GPTQ y AWQ.", "answer", INTERVIEW),
    ],
)
def test_every_text_that_claims_is_held_to_its_numbers(small, english, spanish, field, file):
    small.change(english, f"77 {english}", spanish, f"77 {spanish}", file=file)
    slips = small.slips()
    for language in ("en", "es"):
        assert any(f"`{field}.{language}` quotes 77" in slip for slip in slips), slips


def test_a_false_number_in_a_measurement_fails(small):
    file = small.data / "measurements/lab-02-engine.json"
    stored = json.loads(file.read_text())
    stored["rows"]["bf16"]["throughput"][0]["kv_tokens"] = 11_136
    file.write_text(json.dumps(stored))
    [slip] = small.slips()
    assert "gives 11136, not 11,008: correct `says` and the texts that quote it" in slip


def test_the_message_names_file_line_item_number_and_what_mends_it(small):
    small.change("nuestro propio motor guardó 11,008", "nuestro propio motor guardó 11,800")
    text = (small.root / "data/quizzes/phase-26-quantization.yaml").read_text()
    line = next(n for n, words in enumerate(text.splitlines(), 1) if words == "      es: |" or "guardó 11,800" in words)
    slip = next(slip for slip in small.slips() if "11,800" in slip and "quotes 11,800" in slip)
    start = next(n for n in range(line, 0, -1) if text.splitlines()[n - 1].strip() == "explanation:")
    assert slip.startswith(
        f"data/quizzes/phase-26-quantization.yaml:{start}: q-26-04: `explanation.es` quotes 11,800, "
    )
    assert slip.endswith("correct it, or add an evidence entry with `says: 11,800`")


@pytest.mark.parametrize(
    "old, new, told",
    [
        (
            "test_a_weight_takes_four_bits",
            "test_a_weight_takes_five_bits",
            "did you mean test_a_weight_takes_four_bits_",
        ),
        ("test_lab.py::", "test_lap.py::", "there is no test file"),
        ("cite: vllm-docs", "cite: vllm-doc", "data/references.yaml has no 'vllm-doc': did you mean vllm-docs?"),
        ("measurement: lab-02-engine", "measurement: lab-02-motor", "there is no data/measurements/lab-02-motor.json"),
        ("rows.bf16.throughput.0", "rows.bf16.throughput.7", "has places 0 to 2, not '7'"),
        ("rows.bf16.throughput.0", "rows.fp16.throughput.0", "rows has keys bf16"),
        ("path: rows.bf16.throughput.0.kv_tokens", "path: rows.bf16", "which is not a number"),
        ("formula: 16 / 128", "formula: 16 / nothing", "fails with NameError"),
        ("formula: 16 / 128", "formula: 16 > 128", "which is not a number"),
        ('model("llama-3.1-8b")', 'model("llama-9")', "published-models.yaml has no model 'llama-9'"),
        ("section: Supported formats", 'section: " "', "a citation names its section"),
    ],
)
def test_evidence_that_leads_nowhere_fails(small, old, new, told):
    small.change(old, new)
    assert told in "\n".join(small.slips())


def test_an_item_without_evidence_fails(small):
    small.change(
        "    evidence:\n      - claim: the second-order view\n"
        '        cite: frantar-2022-gptq\n        section: "section 3.1"\n',
        "",
    )
    assert any("q-26-03: lacks `evidence`" in slip for slip in small.slips())
    small.change('    explanation: {en: "Half the bytes', '    evidence: []\n    explanation: {en: "Half the bytes')
    assert any("q-26-03: `evidence` needs at least 1, it has 0" in slip for slip in small.slips())


def test_the_figure_printed_in_a_source_counts_as_evidence(small):
    small.change("Half the bytes, half the time.", "54 % of it.", "La mitad de bytes, la mitad de tiempo.", "El 54 %.")
    assert any("quotes 54" in slip for slip in small.slips())
    small.change('section: "section 3.1"', 'section: "section 3.1"\n        says: "54 %"')
    assert small.slips() == []


def test_a_reading_labs_page_is_held_to_its_evidence(small):
    source = (
        "page: {en: docs/en/lab-10.md, es: docs/es/lab-10.md}\n"
        "evidence:\n  - {claim: bits, formula: bits_per_weight(128), says: 4.125}\n"
    )
    (small.data / "reading").mkdir(exist_ok=True)  # git keeps no empty folder
    (small.data / "reading/lab-10.yaml").write_text(source)
    for language in ("en", "es"):
        page = small.root / f"docs/{language}/lab-10.md"
        page.parent.mkdir(parents=True)
        page.write_text(
            "# Lab 10 in 99 words\n\nTakes 4.125 bits.\n\n"
            "```\n99\n```\n\n<!-- excerpt: a#b -->\n99\n<!-- /excerpt -->\n"
        )
    assert small.slips() == []
    page.write_text(page.read_text().replace("4.125", "4.5"))
    assert any(slip.startswith("docs/es/lab-10.md:3: lab-10: `page.es` quotes 4.5") for slip in small.slips())
    page.unlink()
    assert any("`page.es`: there is no docs/es/lab-10.md" in slip for slip in small.slips())


def test_keys_that_hold_dots_are_found(small):
    (small.data / "measurements/dots.json").write_text('{"a.b": {"c": [1, {"d.e": 7}]}}')
    entry = load.quizzes(small.data)[0].items[3].evidence[1]
    for path in ("a.b.c.1.d.e",):
        dotted = evidence.Evidence(**{**vars(entry), "target": "dots", "path": path, "says": ("7",)})
        assert "gives 7" in evidence.resolve(dotted, {}, small.places)
