"""`lab similar`: which submissions share code, by copydetect (winnowing, as in MOSS; names and layout do not count).

    lab similar SUBMISSIONS OUT

SUBMISSIONS is the folder that `lab cohort` grades; nothing in it is run. What everybody shares is taken as base and
does not count: the starter, and between two submissions the solution too, since right answers to a small exercise are
alike. OUT/pairs.csv lists the pairs, and each submission that is close to the solution; OUT/lab-NN.html shows the
shared code of the 100 closest side by side. It says what to look at, not who copied.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from labkit import course

NOISE, GUARANTEE = 25, 30  # copydetect's own: characters of filtered code that a match has at least, and always
MOST_ON_A_PAGE = 100
SOLUTION = "the solution"


@dataclass(frozen=True)
class Pair:
    """Two sources of one lab: how much of each is also in the other, 0 to 1, the base left out."""

    lab: str
    one: str
    other: str
    of_one: float
    of_other: float

    @property
    def most(self) -> float:
        return max(self.of_one, self.of_other)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab similar", description="Which submissions share code, by copydetect.")
    parser.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="the folder that `lab cohort` grades")
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder for pairs.csv and a page a lab")
    parser.add_argument("--labs", metavar="LABS", help="which labs, for example 01,03 (all without)")
    parser.add_argument("--least", type=float, default=0.6, metavar="SHARE", help="show pairs above it (default: 0.6)")
    parser.add_argument("--force", action="store_true", help="overwrite the reports that are there")
    options = parser.parse_args(argv)
    if importlib.util.find_spec("copydetect") is None:
        return _error("the package copydetect is not installed here: run `make instructor`")
    if not 0 <= options.least <= 1:
        return _error(f"--least {options.least:g}: a share is between 0 and 1")
    if not options.submissions.is_dir():
        return _error(f"there is no folder {options.submissions}")
    if options.out.exists() and not options.out.is_dir():
        return _error(f"{options.out} is a file: give a folder")
    if (options.out / "pairs.csv").exists() and not options.force:
        return _error(f"{options.out} holds a report already: add --force to overwrite it")
    try:
        wanted = {course.find(name).key for name in (options.labs or "").split(",") if name}
        labs = [lab for lab in course.labs() if not wanted or lab.key in wanted]
        return _report(options, labs)
    except course.CourseError as error:
        return _error(str(error))
    except OSError as error:
        return _error(f"{error.filename or options.out}: {error.strerror or error}")


def _report(options, labs: list[course.Lab]) -> int:
    pairs: list[Pair] = []
    with tempfile.TemporaryDirectory() as place:
        sources = _gather(options.submissions, options.out, labs, Path(place))
        if not any(sources.values()):
            return _error(f"{options.submissions} holds no submission of {', '.join(sources)}")
        options.out.mkdir(parents=True, exist_ok=True)
        for lab in labs:
            if sources[lab.key]:
                page = options.out / f"{lab.key}.html"
                pairs += compare(lab, sources[lab.key], options.least, Path(place), page)
    pairs.sort(key=lambda pair: -pair.most)
    _write(options.out / "pairs.csv", pairs)
    counted = ", ".join(f"{key} {len(files)}" for key, files in sources.items() if files)
    print(f"{options.out}: {len(pairs)} pairs share more than {options.least:.0%} (sources: {counted})")
    for pair in pairs[:10]:
        print(f"  {pair.most:4.0%}  {pair.lab}  {pair.one} · {pair.other}")
    return 0


def _gather(folder: Path, out: Path, labs: list[course.Lab], place: Path) -> dict[str, list[Path]]:
    """The sources of each lab, one file a submission, named by its id."""
    from labkit.cohort import discover

    sources: dict[str, list[Path]] = {lab.key: [] for lab in labs}
    entries, _ = discover.find(folder, out)
    for entry in entries:
        handed = discover.read(entry, labs)
        for lab in labs:
            if lab.folder.name in handed.files:
                file = place / lab.key / f"{entry.id}.py"
                file.parent.mkdir(exist_ok=True)
                # The tool skips what is not UTF-8, and a submission is not to get out of it that way.
                file.write_text(handed.files[lab.folder.name].decode("utf-8", "replace"), encoding="utf-8")
                sources[lab.key].append(file)
    return sources


def compare(lab: course.Lab, files: list[Path], least: float, place: Path, page: Path | None = None) -> list[Pair]:
    """The pairs of one lab that share more than `least`; `page` gets copydetect's own report."""
    starter, solution = lab.folder / "starter.py", lab.folder / "solution.py"
    base = [starter] if _is_unwritten(lab, starter) else []
    known = [solution] if solution.is_file() else []
    among = _detector([*base, *known], least, place)
    for file in files:
        among.add_file(str(file))
    among.run()
    if page and len(files) > 1:
        os.environ.setdefault("MPLBACKEND", "Agg")
        among.conf.display_t = _page_limit(among.similarity_matrix[:, :, 0], least)
        page.write_text(among.generate_html_report("return").replace(f"{place}{os.sep}", ""), encoding="utf-8")
    found = []
    for i, one in enumerate(files):
        for j in range(i + 1, len(files)):
            found.append(Pair(lab.key, one.stem, files[j].stem, *among.similarity_matrix[i, j]))
    if known:
        copy = place / f"{lab.key}.solution.py"  # a name of its own: a submission may be called solution.py
        shutil.copyfile(solution, copy)
        against = _detector(base, least, place)
        for file in files:
            against.add_file(str(file), "test")
        against.add_file(str(copy), "ref")
        against.run()
        found += [Pair(lab.key, f.stem, SOLUTION, *against.similarity_matrix[i, 0]) for i, f in enumerate(files)]
    return [pair for pair in found if pair.most > least]


def _page_limit(shares, least: float) -> float:
    """The share above which a pair is on the page: its code is there twice, so a page holds MOST_ON_A_PAGE pairs."""
    ordered = sorted(shares[shares > least])  # each pair is there twice
    return float(ordered[-2 * MOST_ON_A_PAGE]) if len(ordered) > 2 * MOST_ON_A_PAGE else least


def _is_unwritten(lab: course.Lab, starter: Path) -> bool:
    """An instructor's own work in the starter is no base: whoever copied it would go unseen."""
    return starter.read_text(encoding="utf-8").count("raise NotImplementedError(") >= len(lab.exercises)


def _detector(base: list[Path], least: float, place: Path):
    from copydetect import CopyDetector

    detector = CopyDetector(
        noise_t=NOISE, guarantee_t=GUARANTEE, display_t=least, silent=True, autoopen=False,
        out_file=str(place / "unused.html"),
    )  # fmt: skip
    for file in base:
        detector.add_file(str(file), "boilerplate")
    return detector


def _write(target: Path, pairs: list[Pair]) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["lab", "one", "other", "share_of_one", "share_of_other"])
        rows.writerows([p.lab, p.one, p.other, round(p.of_one, 3), round(p.of_other, 3)] for p in pairs)
    os.replace(part, target)


def _error(message: str) -> int:
    print(f"lab similar: {message}", file=sys.stderr)
    return 2
