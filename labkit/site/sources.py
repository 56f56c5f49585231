"""What must hold in the repository before its pages are built: the builder knows nothing of it."""

from __future__ import annotations

from pathlib import Path

from labkit import course


def slips(root: Path = course.ROOT) -> list[str]:
    """One line for each claim without evidence, page that is out of date, or difference between the languages."""
    # A student edition has no solutions to compute a claim with: what it says was checked where it was made.
    if not any(root.glob("phase-*/labs/*/solution.py")):
        return []
    from labkit import measure
    from labkit.quizzes import check, pages
    from labkit.reading import excerpts
    from labkit.site import glossary, mirror, reference, table

    items, references, found = check.content(root / "data")
    for item in items:
        found += check.slips_of(item, references)
    found += [*glossary.slips(root), *reference.slips(root)]
    lines = [str(slip) for slip in sorted(set(found))]
    stale = pages.stale(pages.generated(root))
    lines += [f"{course.show_path(file)} is out of date: run `lab texts`" for file in stale]
    lines += [f"{says}: run `lab measure`" for lab in course.labs(root) for says in measure.measure(lab, check=True)]
    lines += [f"{page} shows an old preview: run `lab excerpts`" for page in excerpts.refresh(True, root / "docs")]
    lines += glossary.other_words(root)
    lines += mirror.check(table.pairs(root), mirror.pairs(root))
    return lines
