"""`lab cohort-sample OUT --n 300`: a made-up class, to try the grader on before a real one depends on it.

Right ones (the solutions), wrong ones (the labs' wrong/ in place of one function), broken ones (cut off, misspelt, in
another encoding) and hostile ones (the golden submissions of tests/cohort), handed in every way that people hand
things in. OUT/submissions is what `lab cohort` takes; OUT/manifest.json says what each one is.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import sys
import zipfile
from pathlib import Path

from labkit import course

GOLDEN = course.ROOT / "tests" / "cohort" / "golden"
SHARES = {"right": 40, "wrong": 35, "broken": 15, "hostile": 10}
FIRST = "Ana Łukasz 小明 Zoë Ngọc Søren Ελένη José Mary-Jane D'Arcy Иван Fatima نور Bob Chloé Jürgen".split()
LAST = "García Smith van_der_Berg 王 O'Neill Ñandú Müller Иванова Öz Kim".split()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab cohort-sample", description="Make up a class to try `lab cohort` on.")
    parser.add_argument("out", metavar="OUT", type=Path)
    parser.add_argument("--n", type=int, default=300, metavar="N", help="how many submissions (default 300)")
    parser.add_argument("--labs", default="01", metavar="01,03", help="labs that were asked (default 01)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another class of the same kind")
    parser.add_argument("--tame", action="store_true", help="nothing hostile: safe to grade with a plain pytest loop")
    options = parser.parse_args(argv)
    target = options.out / "submissions"
    if target.exists():
        print(f"lab cohort-sample: {target} exists already; name a folder that is still free", file=sys.stderr)
        return 2
    try:
        labs = [course.find(name) for name in options.labs.split(",")]
        made = make(target, labs, options.n, random.Random(options.seed), options.tame)
    except course.CourseError as error:
        print(f"lab cohort-sample: {error}", file=sys.stderr)
        return 2
    (options.out / "manifest.json").write_text(json.dumps(made, indent=1, ensure_ascii=False), encoding="utf-8")
    counts = {kind: sum(m["kind"] == kind for m in made) for kind in SHARES}
    print(f"{len(made)} submissions in {target}: " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))
    print(f"grade them: lab cohort {target} --labs {options.labs}")
    return 0


def make(target: Path, labs: list[course.Lab], n: int, dice: random.Random, tame: bool = False) -> list[dict]:
    """Write `n` submissions into `target`; one dict each with name, kind and what it is."""
    for lab in labs:
        if not (lab.folder / "solution.py").is_file():
            raise course.CourseError(
                f"{lab.folder.name} has no solution.py (a student edition): nothing to make up from"
            )
    hostile = _hostile() if not tame else []
    shares = SHARES if hostile else {**SHARES, "hostile": 0}
    target.mkdir(parents=True)
    made = []
    for number in range(n):
        kind = dice.choices(list(shares), list(shares.values()))[0]
        name = f"{dice.choice(FIRST)} {dice.choice(LAST)} {number:04d}"
        if kind == "hostile":
            what, files = _draw_hostile(hostile, dice)
        else:
            what, files = _sources(kind, labs, dice)
        made.append({"name": _hand_in(target, name, files, dice), "kind": kind, "what": what})
    return made


def _sources(kind: str, labs: list[course.Lab], dice: random.Random) -> tuple[str, dict[str, bytes]]:
    files = {lab.folder.name: (lab.folder / "solution.py").read_bytes() for lab in labs}
    lab = dice.choice(labs)
    if kind == "right":
        return "the solution", files
    if kind == "wrong":
        slip = dice.choice(sorted((lab.folder / "wrong").glob("*.py")))
        files[lab.folder.name] = _with_slip(files[lab.folder.name], slip.read_bytes())
        return slip.stem, files
    what = dice.choice(list(BROKEN))
    broken = BROKEN[what](files[lab.folder.name], dice)
    if broken is None:
        del files[lab.folder.name]
    else:
        files[lab.folder.name] = broken
    return what, files


def _with_slip(solution: bytes, slip: bytes) -> bytes:
    """The solution, with the slip's functions after it: the later definition holds."""
    slip = re.sub(rb"^from __future__ .*\n", b"", slip, flags=re.M)
    return solution + b"\n\n" + slip


BROKEN = {
    "cut off": lambda source, dice: source[: dice.randrange(len(source) // 4, len(source))],
    "a missing bracket": lambda source, dice: source.replace(b")\n", b"\n", dice.randrange(1, 4)),
    "one function missing": lambda source, dice: _rename(source, b"quantize", b"my_quantize"),
    "empty": lambda source, dice: b"",
    "binary": lambda source, dice: dice.randbytes(5000),
    "UTF-16": lambda source, dice: source.decode().encode("utf-16"),
    "tabs": lambda source, dice: source.replace(b"\n    ", b"\n\t", 5),
    "a byte-order mark": lambda source, dice: b"\xef\xbb\xbf" + source,
    "no file": lambda source, dice: None,
    "an import that is not there": lambda source, dice: b"import nowhere_to_be_found\n" + source,
    "2 MB": lambda source, dice: source + b"# " + b"x" * 2_000_000,
}


def _rename(source: bytes, name: bytes, other: bytes) -> bytes:
    return re.sub(rb"^def " + name, b"def " + other, source, count=1, flags=re.M)


def _hostile() -> list[Path]:
    return sorted(p for p in GOLDEN.glob("*.py*") if p.is_file())


def _draw_hostile(hostile: list[Path], dice: random.Random) -> tuple[str, dict[str, bytes]]:
    path = dice.choice(hostile)
    return path.name.split(".")[0], {course.find("01").folder.name: path.read_bytes()}


def _hand_in(target: Path, name: str, files: dict[str, bytes], dice: random.Random) -> str:
    """Write one submission in one of the ways people hand things in; its name in the folder."""
    way = dice.choice(["folder", "repository", "flat", "zip", "nested zip", "macOS zip", "file"])
    if way == "file" and len(files) == 1:
        (target / f"{name}.py").write_bytes(*files.values())
        return f"{name}.py"
    if way.endswith("zip"):
        (target / f"{name}.zip").write_bytes(_zip(way, files))
        return f"{name}.zip"
    inside = {"repository": "phase-06-quantization/labs/"}.get(way, "")
    for folder, source in files.items():
        path = target / name / (f"{folder[:6]}.py" if way == "flat" else f"{inside}{folder}/starter.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
    (target / name).mkdir(exist_ok=True)
    return name


def _zip(way: str, files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, source in files.items():
            inside = f"{folder}/starter.py" if way == "zip" else f"my homework/{folder}/starter.py"
            archive.writestr(inside, source)
            if way == "macOS zip":
                archive.writestr(f"__MACOSX/my homework/{folder}/._starter.py", b"\0\5\26\7 Mac OS X")
                archive.writestr("my homework/.DS_Store", b"\0\0\0\1Bud1")
    return packed.getvalue()
