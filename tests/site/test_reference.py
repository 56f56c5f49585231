"""The reference shows every function as its starter has it, and says so when its own texts are not whole."""

import ast
import re
import shutil

import pytest

from labkit import course
from labkit.quizzes.marked import ContentError
from labkit.site import docstrings, reference

LABS = course.labs()
FUNCTIONS = [exercise.function for lab in LABS for exercise in lab.exercises]


@pytest.fixture(scope="module", params=course.LANGUAGES)
def pages(request):
    return {page.slug: page for page in reference.pages(request.param)}


def test_the_texts_are_whole_and_right():
    assert reference.slips() == []


def test_there_is_an_overview_and_a_page_for_each_lab(pages):
    assert list(pages) == [reference.SLUG, *(f"reference/{lab.key}" for lab in LABS)]


def test_every_function_is_shown_once_in_the_order_of_its_lab(pages):
    for lab in LABS:
        shown = re.findall(r"^## `(\w+)` \{ #\1 \}$", pages[f"reference/{lab.key}"].text, re.M)
        assert shown == [exercise.function for exercise in lab.exercises]
    assert re.findall(r"^- \[`(\w+)`\]", pages[reference.SLUG].text, re.M) == FUNCTIONS


def test_points_difficulty_and_what_is_beyond_are_those_of_lab_yaml(pages):
    for lab in LABS:
        sections = pages[f"reference/{lab.key}"].text.split("\n## ")[1:]
        for exercise, section in zip(lab.exercises, sections):
            assert f" {exercise.points:g} punt" in section or f" {exercise.points:g} point" in section
            assert "●" * exercise.difficulty + "○" * (5 - exercise.difficulty) + "<" in section
            assert ("**beyond**" in section or "**adicional**" in section) == exercise.beyond


def test_links_lead_to_files_and_to_headings_that_are_there(pages):
    from labkit.site import mirror_parts

    own = {page.source for page in pages.values()}
    for page in pages.values():
        for path, anchor in re.findall(r"\]\(([^)#\s]+)#?([^)\s]*)\)", page.text):
            target = ((course.ROOT / page.source).parent / path).resolve()
            if course.show_path(target) in own:
                continue
            assert target.is_file(), f"{page.source} links to {path}"
            if anchor:
                assert anchor in mirror_parts.slugs(mirror_parts.parse(target.read_text(encoding="utf-8")))


@pytest.mark.parametrize("lab", LABS, ids=[lab.key for lab in LABS])
def test_each_signature_is_the_starters_and_each_word_of_its_docstring_is_shown(lab):
    tree = ast.parse((lab.folder / "starter.py").read_text(encoding="utf-8"))
    written = reference.functions(lab.folder / "starter.py")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            shown = written[node.name]
            same = ast.parse(f"{shown.signature}\n    pass").body[0]
            assert ast.unparse(same.args) == ast.unparse(node.args)
            assert (same.returns and ast.unparse(same.returns)) == (node.returns and ast.unparse(node.returns))
            plain = re.sub(r"<[a-z/][^>]*>", " ", docstrings.shown(shown.docstring))
            plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            assert re.sub(r"[\s`:]", "", plain) == re.sub(r"[\s`:]", "", shown.docstring)


def test_a_docstring_becomes_paragraphs_and_entries_with_their_lines_joined():
    text = """Codes of w,
in two lines.

Args:
    w, x: shape (out, in),
        finite.
    bits: 2 to 8.
Returns:
    dict with keys: linear (all of
    them), norm.
    What is zero gives 0 < 1.

Example: `w` = 1
gives 2."""
    assert docstrings.shown(text).split("\n") == [
        '<div class="docstring" lang="en">',
        "<p>Codes of w, in two lines.</p>",
        "<dl>",
        "<dt>Args</dt>",
        "<dd><code>w</code>, <code>x</code>: shape (out, in), finite.</dd>",
        "<dd><code>bits</code>: 2 to 8.</dd>",
        "<dt>Returns</dt>",
        "<dd>dict with keys: linear (all of them), norm.</dd>",
        "<dd>What is zero gives 0 &lt; 1.</dd>",
        "</dl>",
        "<p>Example: <code>w</code> = 1 gives 2.</p>",
        "</div>",
    ]


class Course:
    """A copy of the labs' starters and of the reference's texts."""

    def __init__(self, root):
        self.root = root
        for lab in LABS:
            folder = root / lab.folder.relative_to(course.ROOT)
            folder.mkdir(parents=True)
            for name in ("lab.yaml", "starter.py"):
                shutil.copy(lab.folder / name, folder / name)
        (root / "data").mkdir()
        shutil.copy(course.ROOT / reference.FILE, root / reference.FILE)

    def change(self, old: str, new: str, file: str = reference.FILE) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def slips(self) -> list[str]:
        return [str(slip) for slip in reference.slips(self.root)]


@pytest.fixture
def copied(tmp_path):
    return Course(tmp_path)


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("  memory_bytes:\n", "  memory_byte:\n", "no lab has a function 'memory_byte'"),
        ("  memory_bytes:\n", "  memory_byte:\n", "lacks `memory_bytes` of lab-01: one sentence in both languages"),
        ("    es: Los bytes que ocupan los valores de un array, en el dtype en que están.\n", "", "`es`"),
        ("for the whole matrix.", "for the whole matrix", "one sentence with its full stop"),
        ("for the whole matrix.", "for it all. Really.", "one sentence with its full stop"),
        ("one scale for the whole", "17 scales for the whole", "quotes 17"),
        ("sobre los 16 valores", "sobre los 15 valores", "the languages quote different numbers"),
    ],
)
def test_a_slip_is_told_with_its_line(copied, old, new, says):
    copied.change(old, new)
    found = [slip for slip in copied.slips() if says in slip]
    assert found and re.match(r".*data/reference\.yaml:\d+: ", found[0]), copied.slips()


def test_a_starter_that_lacks_a_function_and_one_that_is_not_python_are_told(copied):
    starter = LABS[0].folder.relative_to(course.ROOT).as_posix() + "/starter.py"
    copied.change("def memory_bytes(", "def memory_of(", starter)
    assert any("starter.py has no such function" in slip for slip in copied.slips())
    copied.change("def memory_of(", "def memory_of((", starter)
    with pytest.raises(course.CourseError, match=r"starter\.py:\d+: this is not Python"):
        reference.slips(copied.root)


def test_pages_are_not_built_from_texts_that_are_not_whole(copied):
    copied.change("  memory_bytes:\n", "  memory_byte:\n")
    with pytest.raises(ContentError, match="lacks `memory_bytes`"):
        reference.pages("en", copied.root)
