"""The made-up class is what its manifest says; the page about cohorts shows what was measured, in both languages."""

import json

from labkit import course, measure, provenance
from labkit.cohort import bench, sample, tables
from labkit.cohort.discover import find, read


def test_a_made_up_class_is_the_same_for_a_seed_and_of_every_kind(tmp_path, capsys):
    assert sample.main([str(tmp_path / "a"), "--n", "60"]) == sample.main([str(tmp_path / "b"), "--n", "60"]) == 0
    first, second = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in "ab")
    assert first == second and {m["kind"] for m in first} == set(sample.SHARES)
    entries, ignored = find(tmp_path / "a" / "submissions")
    assert len(entries) == 60 and not ignored and {e.name for e in entries} == {m["name"] for m in first}
    right = next(e for e in entries for m in first if m["name"] == e.name and m["kind"] == "right")
    lab = course.find("01")
    assert read(right, [lab]).files[lab.folder.name] == (lab.folder / "solution.py").read_bytes()
    assert sample.main([str(tmp_path / "a")]) == 2 and "exists already" in capsys.readouterr().err


def test_the_tables_of_the_page_are_as_measured():
    """`lab cohort-bench` measures and fills; `lab cohort-bench --turns 0 --memory 0` only fills."""
    stored = provenance.read("cohort")
    assert stored["tables"] == tables.build(stored["result"])
    for language, page in bench.PAGES.items():
        text = page.read_text(encoding="utf-8")
        assert text == measure.fill(text, stored, language, page.name)
    ratio = {mix: found["ratio"]["pool"] for mix, found in stored["result"]["throughput"].items()}
    assert ratio["sample"] >= 10 and ratio["otherwise"] >= 10 and ratio["all labs"] > 5
    low, high = (f(row["run"] for row in stored["result"]["memory"]["rows"]) for f in (min, max))
    assert high < 1.2 * low, "the run's memory grows with the submissions"


def test_the_tables_can_be_made_anew_without_forgetting_how_they_were_measured(tmp_path, monkeypatch):
    before = provenance.read("cohort")
    assert "--n 20 --turns 3 --memory 1000" in before["source"]["command"]
    monkeypatch.setattr(provenance, "MEASUREMENTS", tmp_path)
    provenance.write("cohort", {**before, "tables": {}})
    monkeypatch.setattr(bench, "fill", lambda check: [])
    assert bench.main(["--turns", "0", "--memory", "0"]) == 0
    assert provenance.read("cohort") == before
