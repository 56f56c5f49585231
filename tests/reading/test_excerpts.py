"""The previews in the reading labs are their starter files, and the two languages are the same page."""

import json
import re
import shutil

import pytest
import yaml

from labkit import course, provenance
from labkit.quizzes import evidence, load, numbers
from labkit.reading import excerpts

DOCS = excerpts.DOCS
PAGES = {
    "10": {"en": DOCS / "en" / "lab-10-quantization-reading.md", "es": DOCS / "es" / "lab-10-lectura-cuantizacion.md"},
    "11": {
        "en": DOCS / "en" / "lab-11-quantization-comparison.md",
        "es": DOCS / "es" / "lab-11-comparacion-cuantizacion.md",
    },
}
STARTERS = {
    "10": DOCS / "code" / "lab-10-quantization-reading" / "quantization_plan.md",
    "11": DOCS / "code" / "lab-11-quantization" / "quantization_comparison_plan.md",
}
PARTS = {"10": ["plan"], "11": ["variants", "fixed", "metrics"]}
SECTIONS = {
    "en": ["Handbook reference", "Concept goal", "Mental model", "Starter preview", "Line by line", "What to notice",
           "What this lab prevents", "How to say it out loud", "Additional intuition, with sources"],
    "es": ["Referencia del manual", "Objetivo", "Modelo mental", "Vista previa del plan", "Línea a línea",
           "En qué fijarse", "Qué evita este laboratorio", "Cómo decirlo en voz alta", "Más intuición, con fuentes"],
}  # fmt: skip
UNDER = {
    "en": ["Contract", "Main transition", "Interview hook", "What the code does not mean"],
    "es": ["Contrato", "Transición principal", "Gancho de entrevista", "Qué no significa el código"],
}
by_lab = pytest.mark.parametrize("number", PAGES)
by_language = pytest.mark.parametrize("language", course.LANGUAGES)


def starter(number: str, language: str):
    file = STARTERS[number]
    return file if language == "en" else file.with_suffix(f".{language}.md")


@by_lab
@by_language
def test_a_preview_is_the_marked_part_of_the_starter_file_letter_for_letter(number, language):
    """Read here without labkit, so that a slip in the copying shows."""
    page = PAGES[number][language].read_text(encoding="utf-8")
    source = starter(number, language).read_text(encoding="utf-8")
    place = starter(number, language).relative_to(DOCS).as_posix()
    for part in PARTS[number]:
        wanted = source.split(f"<!-- excerpt-begin: {part} -->\n")[1].split(f"<!-- excerpt-end: {part} -->")[0]
        shown = page.split(f"<!-- excerpt: {place}#{part} -->\n")[1].split("<!-- /excerpt -->")[0]
        assert shown == f"\n{wanted}\n"
    assert page.count("<!-- excerpt: ") == len(PARTS[number])


def test_the_command_finds_every_preview_up_to_date(capsys):
    assert excerpts.main(["--check"]) == 0
    assert "every preview is as its starter file" in capsys.readouterr().out


@pytest.fixture
def docs(tmp_path):
    """A copy of docs/ to be broken."""
    return shutil.copytree(DOCS, tmp_path / "docs", ignore=shutil.ignore_patterns("figures"))


def test_a_word_changed_in_a_starter_file_makes_its_page_stale_and_the_command_mends_it(docs):
    file = docs / "code" / "lab-10-quantization-reading" / "quantization_plan.md"
    file.write_text(file.read_text(encoding="utf-8").replace("one loud weight", "one quiet weight"), encoding="utf-8")
    assert [page.rsplit("/", 1)[1] for page in excerpts.refresh(True, docs)] == ["lab-10-quantization-reading.md"]
    excerpts.refresh(False, docs)
    assert excerpts.refresh(True, docs) == []
    page = docs / "en" / "lab-10-quantization-reading.md"
    assert "one quiet weight" in page.read_text(encoding="utf-8")


def test_a_word_changed_in_a_page_is_found_and_not_kept(docs):
    page = docs / "es" / "lab-11-comparacion-cuantizacion.md"
    whole = page.read_text(encoding="utf-8")
    page.write_text(whole.replace("| TTFT | …", "| TTFT | 12 ms"), encoding="utf-8")
    assert len(excerpts.refresh(True, docs)) == 1
    excerpts.refresh(False, docs)
    assert page.read_text(encoding="utf-8") == whole


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("quantization_plan.md#plan", "quantization_plan.md#plam", "excerpt-begin: plam"),
        ("quantization_plan.md#plan", "plans.md#plan", "plans.md is missing"),
        ("<!-- /excerpt -->", "", "lab-10-quantization-reading.md: a preview is"),
    ],
)
def test_a_broken_block_is_named(docs, old, new, says):
    page = docs / "en" / "lab-10-quantization-reading.md"
    page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(course.CourseError, match=re.escape(says)):
        excerpts.refresh(True, docs)


def test_a_link_in_a_preview_is_refused_because_it_would_lead_elsewhere(docs):
    file = docs / "code" / "lab-10-quantization-reading" / "quantization_plan.md"
    file.write_text(file.read_text(encoding="utf-8").replace("one loud", "[one](../x.md) loud"), encoding="utf-8")
    with pytest.raises(course.CourseError, match="holds a link"):
        excerpts.refresh(True, docs)


def test_pages_without_any_preview_do_not_pass(docs):
    for pages in PAGES.values():
        for language, page in pages.items():
            (docs / language / page.name).unlink()
    with pytest.raises(course.CourseError, match="no page"):
        excerpts.refresh(True, docs)


def headings(page, level: int) -> list[str]:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    return re.findall(rf"^{'#' * level} (.+)$", prose, re.M)


@by_lab
@by_language
def test_the_sections_stand_in_their_order(number, language):
    assert headings(PAGES[number][language], 2) == SECTIONS[language]
    assert headings(PAGES[number][language], 3) == UNDER[language]


def test_the_english_titles_are_those_of_the_course():
    assert headings(PAGES["10"]["en"], 1) == ["Lab 10, Quantization Reading Lab"]
    assert headings(PAGES["11"]["en"], 1) == ["Lab 11, Quantization Comparison"]


@by_lab
def test_both_languages_have_the_same_structure(number):
    def skeleton(file):
        text = file.read_text(encoding="utf-8")
        prose = re.sub(r"```.*?```", "```", text, flags=re.S)
        return {
            "headings": [len(m) for m in re.findall(r"^(#+) ", prose, re.M)],
            "points": len(re.findall(r"^- ", prose, re.M)),
            "code": len(re.findall(r"^```", text, re.M)),
            "previews": [name.rsplit("#")[1] for name in re.findall(r"<!-- excerpt: (\S+) -->", text)],
            "names": sorted(re.findall(r"\bet al\. \((\d{4})\)", prose)),
        }

    pages = PAGES[number]
    assert skeleton(pages["en"]) == skeleton(pages["es"])


@by_lab
def test_both_starter_files_have_the_same_tables_and_blanks(number):
    def skeleton(language):
        text = starter(number, language).read_text(encoding="utf-8")
        rows = [line for line in text.splitlines() if line.startswith("|")]
        return [(row.count("|"), row.count("…"), row.endswith("|")) for row in rows], text.count("excerpt-begin")

    assert skeleton("en") == skeleton("es")


@by_language
def test_the_plan_of_lab_10_has_the_three_fields_and_the_three_targets(language):
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in starter("10", language).read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    assert rows[0] == ["target", "saved_memory", "risk"]
    targets = {"en": ["weights", "activations", "KV cache"], "es": ["pesos", "activaciones", "caché KV"]}
    assert [row[0] for row in rows[1:]] == targets[language]
    assert all(row[1] == "…" and row[2] for row in rows[1:])


def test_the_plan_of_lab_11_names_the_variants_the_fixed_variables_and_the_metrics():
    text = STARTERS["11"].read_text(encoding="utf-8")
    first = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert first == [
        "variant", "FP16/BF16 baseline", "INT8", "INT4 weight-only", "KV-cache quantization",
        "fixed variable", "model", "tokenizer", "eval set", "prompt and output lengths", "sampling", "engine",
        "hardware",
        "metric", "quality", "peak memory", "TTFT", "TPOT", "tokens/s", "P95/P99", "kernel path",
    ]  # fmt: skip
    assert "| variant | description | expected benefit | main risk |" in text


@by_lab
def test_each_page_has_its_evidence_beside_it(number):
    stored = yaml.safe_load((course.ROOT / "data" / "reading" / f"lab-{number}.yaml").read_text(encoding="utf-8"))
    assert {lang: course.ROOT / page for lang, page in stored["page"].items()} == PAGES[number]
    assert stored["evidence"]


def figure(number) -> str:
    """What the page quotes for 4-bit weights at batch 1: a figure that changes with every capture."""
    stored = yaml.safe_load((course.ROOT / "data" / "reading" / f"lab-{number}.yaml").read_text(encoding="utf-8"))
    found = [e["says"] for e in stored["evidence"] if "INT4 W4A16" in e["claim"] and "batch 1" in e["claim"]]
    return f"{found[0]:.2f}"


@by_lab
@by_language
def test_a_figure_changed_on_a_page_is_found(number, language, docs):
    """Every number of the prose is held by the evidence: a slip of one digit fails the check."""
    data = shutil.copytree(course.ROOT / "data" / "reading", docs.parent / "data" / "reading").parent
    page = docs / language / PAGES[number][language].name

    def slips():
        return [str(slip) for item in load.readings(data) for slip in numbers.slips(item)]

    assert slips() == []
    whole = page.read_text(encoding="utf-8")
    wrong = f"{float(figure(number)) + 0.05:.2f}"
    page.write_text(whole.replace(figure(number), wrong, 1), encoding="utf-8")
    assert any(f"quotes {wrong}" in slip for slip in slips())


def test_a_figure_that_the_measurement_no_longer_gives_is_found(tmp_path):
    measurements = shutil.copytree(provenance.MEASUREMENTS, tmp_path / "measurements")
    file = measurements / "lab-02-engine.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    for run in stored["rows"]["w4a16"]["throughput"]:
        run["tokens_per_second"][0] *= 1.1
    file.write_text(json.dumps(stored), encoding="utf-8")
    places = evidence.Places(measurements=measurements)
    references = load.references()
    labs = [item for item in load.readings() if item.id.startswith("lab-")]
    assert labs
    for item in labs:
        assert evidence.slips(item, references) == []
        found = map(str, evidence.slips(item, references, places))
        assert any(f"not {figure(item.id.removeprefix('lab-'))}" in slip for slip in found)
