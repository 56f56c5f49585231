"""The generated pages: answers hidden, nothing lost, checked to be up to date."""

from labkit.quizzes import pages

QUIZ_PAGE = "docs/en/quizzes.md"


def test_the_pages_are_written_once_and_checked_afterwards(small, capsys):
    assert pages.main(["--check"], small.root) == 1 and not (small.root / QUIZ_PAGE).exists()
    assert pages.main([], small.root) == 0 and pages.main(["--check"], small.root) == 0
    assert capsys.readouterr().out.count("brought up to date") == 4
    small.change("forgets the scales", "leaves the scales out")
    assert pages.main(["--check"], small.root) == 1
    assert capsys.readouterr().out.strip().endswith("not up to date: " + str(small.root / QUIZ_PAGE))


def test_a_page_retouched_by_hand_is_found(small):
    pages.main([], small.root)
    page = small.root / QUIZ_PAGE
    page.write_text(page.read_text().replace("4.125", "4.25"))
    assert pages.main(["--check"], small.root) == 1


def test_a_page_says_everything_and_hides_the_answers(small):
    pages.main([], small.root)
    for name, says in {
        QUIZ_PAGE: [
            "# Phase 26 — Quizzes",
            "forgets the scales",
            "**Right: 2, 3**",
            "**131,072 bytes**",
            "fewer bytes are read",
            "Frantar et al. (2022)",
        ],
        "docs/es/cuestionarios.md": [
            "# Fase 26 — Cuestionarios",
            "olvida las escalas",
            "versión 0.32.0",
            "(../../data/measurements/lab-02-engine.json)",
        ],
        "docs/en/interviews.md": [
            "# Phase 06 — Interview Questions: Quantization",
            "packed codes and scales",
            "Forgets the scales.",
            "And with zero points?",
            "## Rapid fire",
        ],
        "docs/es/entrevistas.md": [
            "# Fase 06 — Preguntas de entrevista: cuantización",
            "El compromiso: bits de escala",
        ],
    }.items():
        text = (small.root / name).read_text(encoding="utf-8")
        shown = "".join(part.split("</details>")[-1] for part in text.split("<details"))
        for words in says:
            assert words in text, f"{name}: {words}"
        assert "never this page" in text or "nunca esta página" in text
        for secret in ("forgets the scales", "olvida las escalas", "131,072", "packed codes", "Frantar"):
            assert secret not in shown, f"{name} shows {secret}"


def test_a_second_phase_gets_a_page_of_its_own(small):
    text = (small.root / "data/quizzes/phase-26-quantization.yaml").read_text(encoding="utf-8")
    other = text.replace("phase-26-quantization", "phase-27-serving").replace("q-26-", "q-27-")
    (small.root / "data/quizzes/phase-27-serving.yaml").write_text(other, encoding="utf-8")
    names = {file.name for file in pages.generated(small.root)}
    assert {"quizzes.md", "quizzes-phase-27-serving.md"} <= names


def test_the_list_of_claims_says_what_holds_and_what_does_not(small, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    from labkit.quizzes import evidence

    class Here(evidence.Places):
        def __init__(self, root, measurements):
            super().__init__(small.places.root, measurements)

    monkeypatch.setattr(evidence, "Places", Here)
    monkeypatch.setattr(
        "labkit.quizzes.check.slips_of", lambda item, references: evidence.slips(item, references, small.places)
    )
    assert pages.main(["--evidence"], small.root) == 0
    told = capsys.readouterr().out
    assert "6 items, 11 claims with evidence: 11 hold, 0 do not" in told
    small.change("says: 4.125", "says: 4.25")
    assert pages.main(["--evidence"], small.root) == 1
    told = capsys.readouterr().out
    assert "✗ a weight takes 4.125 bits" in told and "10 hold, 1 do not" in told


def test_a_slip_is_told_instead_of_a_page(small, capsys):
    small.change("kind: single", "kind: simple")
    assert pages.main([], small.root) == 2 and "`kind` must be" in capsys.readouterr().err
