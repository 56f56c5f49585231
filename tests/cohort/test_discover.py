"""Which submissions lie in a folder, and which file is which lab's: every way that people hand things in."""

import io
import os
import zipfile

import pytest

from labkit import course
from labkit.cohort.discover import Entry, find, read

LABS = list(course.labs())
ONE, THREE = course.find("01"), course.find("03")
SOURCE_1 = b"def quantize_per_tensor(w, bits=8):\n    return 1\n"
SOURCE_3 = b"def pack_int4(q):\n    return 3\n"


def write(root, files):
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
    return Entry(root.name, root.name, root)


def zipped(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, source in files.items():
            archive.writestr(name, source)
    return Entry(path.stem, path.name, path)


HOME = f"{ONE.folder.name}/starter.py"
SHAPES = {
    "lab folders": {HOME: SOURCE_1, f"{THREE.folder.name}/starter.py": SOURCE_3},
    "the repository": {
        f"phase-06-quantization/labs/{HOME}": SOURCE_1,
        f"phase-06-quantization/labs/{THREE.folder.name}/starter.py": SOURCE_3,
        f"phase-06-quantization/labs/{ONE.folder.name}/solution.py": b"def quantize_per_tensor(): 'ours'",
        "tests/grading/right/lab_01.py": b"def quantize_per_tensor(): 'ours'",
        "conftest.py": b"raise SystemExit",
    },
    "a clone without lab 03": {
        f"phase-06-quantization/labs/{HOME}": SOURCE_1,
        f"phase-06-quantization/labs/{THREE.folder.name}/solution.py": SOURCE_3,
        f"phase-06-quantization/labs/{THREE.folder.name}/wrong/slip.py": SOURCE_3,
        "tests/grading/right/lab_03.py": SOURCE_3,
    },
    "a folder in a folder": {f"my homework/final/{HOME}": SOURCE_1, "my homework/final/lab3.py": SOURCE_3},
    "one file a lab": {"lab-01.py": SOURCE_1, "lab_03.py": SOURCE_3},
    "names that say nothing": {"final (2).py": SOURCE_1, "entrega ñ.py": SOURCE_3, "test_mine.py": SOURCE_1},
    "macOS": {f"hw/{HOME}": SOURCE_1, f"__MACOSX/hw/{ONE.folder.name}/._starter.py": b"\0", "hw/.DS_Store": b"\0"},
}


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_students_file_is_found_in_any_shape_and_no_other(tmp_path, shape, packed):
    files = SHAPES[shape]
    entry = zipped(tmp_path / "anna.zip", files) if packed else write(tmp_path / "anna", files)
    handed = read(entry, LABS)
    assert not handed.problem and handed.files[ONE.folder.name] == SOURCE_1
    if shape not in ("macOS", "a clone without lab 03"):
        assert handed.files[THREE.folder.name] == SOURCE_3
    else:
        assert list(handed.files) == [ONE.folder.name]


def test_a_single_file_belongs_to_the_lab_whose_functions_it_defines(tmp_path):
    (tmp_path / "anna lab 1.py").write_bytes(SOURCE_3)
    (entry,), _ = find(tmp_path)
    assert list(read(entry, LABS).files) == [THREE.folder.name]
    assert "nothing to grade" in read(entry, [ONE]).problem, "lab 03 was not asked"


def test_of_two_files_for_one_lab_one_is_graded_and_the_other_is_named(tmp_path):
    handed = read(write(tmp_path / "a", {"starter.py": SOURCE_1, "old starter.py": SOURCE_1 + b"#"}), LABS)
    assert handed.names == {ONE.folder.name: "starter.py"} and "old starter.py" in handed.notes[0]


def test_ids_are_safe_file_names_all_different_and_the_same_next_time(tmp_path):
    names = ["Ana Ñandú.py", "../..", "anna.zip", "Anna.py", "小明.zip", "-rf.py", "a" * 200 + ".py", "x;rm -rf.zip"]
    for name in names:
        if "/" not in name:
            (tmp_path / name).write_bytes(b"")
    (tmp_path / "anna").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"")
    (tmp_path / "roster.csv").write_text("")
    entries, ignored = find(tmp_path)
    ids = [e.id for e in entries]
    assert ids == [e.id for e in find(tmp_path)[0]] and ignored == ["roster.csv"]
    assert len({i.casefold() for i in ids}) == len(names) == 8 and "anna" in ids
    for id in ids:
        assert not set(id) & set("/\\ ;:") and id[0] not in ".-" and len(id.encode()) < 200
        assert any(c.isalnum() for c in id)


def test_results_beside_the_submissions_are_no_submission(tmp_path):
    (tmp_path / "out").mkdir()
    assert find(tmp_path, but=tmp_path / "out")[0] == []


HOSTILE_ZIPS = {
    "goes up": ({f"../../{HOME}": SOURCE_1, f"/{HOME}": SOURCE_1}, "nothing to grade"),
    "empty": ({}, "nothing to grade"),
    "only a PDF": ({"report.pdf": b"%PDF"}, "there is no .py file"),
    "a bomb": ({HOME: b"#" * 300_000_000}, "larger than 1000 kB"),
    "too many files": ({f"{i}.txt": b"" for i in range(20_001)}, "files"),
}


@pytest.mark.parametrize("name", HOSTILE_ZIPS)
def test_a_hostile_zip_gets_words_and_takes_no_memory(tmp_path, name):
    import resource

    files, says = HOSTILE_ZIPS[name]
    entry = zipped(tmp_path / "anna.zip", files)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert says in read(entry, LABS).problem
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB
    assert sorted(p.name for p in tmp_path.iterdir()) == ["anna.zip"], "nothing is extracted"


@pytest.mark.parametrize("damage", ["not a zip", "cut off", "locked", "LZMA"])
def test_a_zip_that_cannot_be_read_gets_words(tmp_path, damage):
    path = tmp_path / "anna.zip"
    compression = zipfile.ZIP_LZMA if damage == "LZMA" else zipfile.ZIP_DEFLATED
    entry = zipped(path, {HOME: SOURCE_1 * 50}, compression)
    data = path.read_bytes()
    if damage == "not a zip":
        data = b"hello" * 100
    elif damage == "cut off":
        data = data[: len(data) // 2]
    elif damage == "locked":  # the flag in the local header and in the list of files
        at = data.index(b"PK\1\2")
        data = data[:6] + b"\1" + data[7 : at + 8] + b"\1" + data[at + 9 :]
    path.write_bytes(data)
    handed = read(entry, LABS)
    assert not handed.files and handed.problem.startswith("anna.zip"), handed.problem


def test_links_and_pipes_are_not_followed(tmp_path):
    folder = tmp_path / "anna" / ONE.folder.name
    folder.mkdir(parents=True)
    entry = Entry("anna", "anna", tmp_path / "anna")
    (folder / "starter.py").symlink_to(ONE.folder / "solution.py")
    assert "is a link" in read(entry, LABS).problem
    (folder / "starter.py").unlink()
    os.mkfifo(folder / "starter.py")
    assert "not a plain file" in read(entry, LABS).problem


def test_a_link_inside_a_zip_is_no_file(tmp_path):
    info = zipfile.ZipInfo(HOME)
    info.external_attr = 0o120777 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    assert "nothing to grade" in read(Entry("a", "a.zip", tmp_path / "a.zip"), LABS).problem


@pytest.mark.parametrize("name", ["a.rar", "a.7z", "a.tar.gz"])
def test_an_archive_of_another_kind_is_said_to_be_one(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    (entry,), _ = find(tmp_path)
    assert "hand in a .zip" in read(entry, LABS).problem
