"""Progress: written whole after each answer, kept through whatever happens to the file."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from labkit.quizzes import schedule, state
from labkit.quizzes.state import State

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def told():
    return []


@pytest.fixture
def start(tmp_path, told):
    return lambda: State(tmp_path / "home" / "progress.json", lambda key, **fills: told.append((key, fills)))


def test_what_is_kept_is_there_the_next_time(start):
    start().keep("q-26-01", {"seen": 1})
    assert start().entry("q-26-01") == {"seen": 1} and start().entry("q-26-02") == {}


BROKEN = [
    '{"version": 1, "items"', "", "[]", '{"items": {}}', '{"version": 1, "items": []}', "null", "\x00", "[" * 100_000,
    '{"version": "1", "items": {}}',
]  # fmt: skip


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_is_kept_aside_and_told(start, told, content):
    start().keep("q-26-01", {"seen": 1})
    file = start().file
    file.write_text(content)
    again = start()
    assert again.items == {} and [key for key, _ in told] == ["state_broken"]
    assert told[0][1]["file"].read_text() == content and not file.exists()
    again.keep("q-26-02", {"seen": 1})
    assert start().entry("q-26-02") == {"seen": 1}


def test_bytes_that_are_no_text_are_kept_aside_too(start, told):
    start().keep("a", {})
    start().file.write_bytes(b"\xff\xfe")
    assert start().items == {} and [key for key, _ in told] == ["state_broken"]


def test_items_the_course_does_not_know_are_left_alone(start):
    start().keep("q-99-01", {"seen": 3, "more": "of a later version"})
    start().keep("q-26-01", {"seen": 1})
    assert start().entry("q-99-01") == {"seen": 3, "more": "of a later version"}


def test_an_entry_or_card_that_cannot_be_read_counts_as_new(start):
    file = start().file
    file.parent.mkdir()
    items = {"a": "text", "b": {"card": {"due": "never"}, "seen": "many"}, "c": {"card": None}}
    file.write_text(json.dumps({"version": 1, "items": items}))
    kept = start()
    for name in "abc":
        assert schedule.due(kept.entry(name)) is None
        assert schedule.review(kept.entry(name), schedule.GOOD)["seen"] == 1


def test_a_file_of_a_newer_version_is_read_and_never_written(start, told):
    file = start().file
    file.parent.mkdir()
    newer = json.dumps({"version": 2, "items": {"a": {"seen": 1}}})
    file.write_text(newer)
    kept = start()
    kept.keep("a", {"seen": 2})
    assert file.read_text() == newer and ("state_newer", {"file": file}) in told and kept.entry("a") == {"seen": 2}


def test_two_sessions_at_once_keep_each_others_answers(start):
    one, other = start(), start()
    one.keep("a", {"seen": 1})
    other.keep("b", {"seen": 1})
    one.keep("c", {"seen": 1})
    assert set(start().items) == {"a", "b", "c"}


def test_a_folder_that_cannot_be_written_is_told_once_and_the_session_goes_on(tmp_path, told):
    (tmp_path / "file").write_text("")
    kept = State(tmp_path / "file" / "progress.json", lambda key, **fills: told.append(key))
    kept.keep("a", {"seen": 1})
    kept.keep("b", {"seen": 1})
    assert told == ["state_unsaved"] and kept.entry("a") == {"seen": 1}


def test_a_write_that_fails_leaves_the_old_file_whole(start, monkeypatch, told):
    kept = start()
    kept.keep("a", {"seen": 1})
    before = kept.file.read_text()

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labkit.grading.terminal.json.dump", full)
    kept.keep("a", {"seen": 2})
    assert kept.file.read_text() == before and told[0][0] == "state_unsaved"
    assert [file.name for file in kept.file.parent.iterdir()] == ["progress.json"]


def test_the_folder_is_lab_home_or_where_the_system_keeps_data(tmp_path, monkeypatch):
    assert state.folder({"LAB_HOME": str(tmp_path)}) == tmp_path
    monkeypatch.setattr(state.sys, "platform", "linux")
    assert state.folder({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "quantization-labs"
    monkeypatch.setattr(state.sys, "platform", "win32")
    assert state.folder({"LOCALAPPDATA": str(tmp_path)}) == tmp_path / "quantization-labs"


def test_what_is_known_comes_back_later_and_later_and_what_was_missed_soon(tmp_path):
    entry, now, gaps = {}, NOON, []
    for _ in range(4):
        entry = schedule.review(entry, schedule.GOOD, now)
        gaps.append(schedule.due(entry) - now)
        now = schedule.due(entry)
    assert gaps == sorted(gaps) and gaps[0] >= timedelta(days=1) and gaps[-1] > timedelta(days=20)
    missed = schedule.review(entry, schedule.AGAIN, now)
    assert timedelta(hours=12) < schedule.due(missed) - now < gaps[-1]
    assert (missed["seen"], missed["right"]) == (5, 4)


def test_an_item_is_due_on_its_day_and_after_it():
    entry = schedule.review({}, schedule.GOOD, NOON)
    day = schedule.due(entry)
    assert not schedule.is_due(entry, NOON) and schedule.is_due(entry, day) and not schedule.is_due({}, day)
    assert schedule.is_due(entry, day + timedelta(days=30))
