"""The playground in a real browser: its numbers are the labs', its lesson shows, keys do all that a mouse does."""

import re

import pytest

from tests.site import truth

STUDY = "(s) => quantizationLabs.numerics.study(quantizationLabs.numerics.matrix(s.seed), s)"
LANGUAGES = ("en", "es")
GROW = {"en": "▶ Make it louder", "es": "▶ Hazlo más fuerte"}


def shown(page) -> dict:
    """The four numbers above the drawing, and the errors beside its rows."""
    settle(page)
    values = page.locator(".ql-meter .ql-value").all_inner_texts()
    names = ("global", "quiet", "zeros", "bits")
    rows = page.locator(".ql-number").all_text_contents()
    return {name: plain(text) for name, text in zip(names, values)} | {"rows": [plain(text) for text in rows]}


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


def settle(page):
    """Two frames: what was asked for in the first is drawn by the second."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def go(page, state: str):
    page.evaluate("(state) => { location.hash = state; }", state)
    settle(page)


def expected(**setting) -> dict:
    start = {"seed": 1, "row": 2, "times": 1, "whole": False, "bits": 8, "granularity": "tensor", "rounding": "nearest"}
    return truth.playground(start | setting)


def test_this_browser_computes_what_the_labs_compute(open_page):
    page = open_page("playground")
    settings = truth.settings(200, seed=3)
    for setting, got in zip(settings, page.evaluate(f"(all) => all.map({STUDY})", settings), strict=True):
        one = truth.playground(setting)
        assert [got["codes"], got["approx"], got["zeros"]] == [one["codes"], one["approx"], one["zeros"]], setting
        assert got["rowErrors"] == pytest.approx(one["rowErrors"], rel=2**-23), setting
        assert got["error"] == pytest.approx(one["error"], rel=1e-12), setting
        assert got["quietRow"] == pytest.approx(one["quietRow"], rel=2**-23), setting


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_those_numbers(open_page, language):
    page = open_page("playground", language)
    names = {"tensor": "tensor", "channel": "channel", 8: "8", 4: "4"}
    for setting in truth.settings(12, seed=5):
        setting["times"] = float(f"{setting['times']:.3g}")
        loud = "row" if setting["whole"] else "weight"
        go(
            page,
            f"row={setting['row'] + 1}&times={setting['times']}&bits={setting['bits']}&seed={setting['seed']}"
            f"&scales={names[setting['granularity']]}&loud={loud}&round={setting['rounding']}",
        )
        one, says = truth.playground(setting), shown(page)
        assert says["global"] == truth.percent(one["error"]), setting
        assert says["quiet"] == truth.percent(one["quietRow"]), setting
        assert says["rows"] == [truth.percent(x) for x in one["rowErrors"]], setting
        cells = page.locator(".ql-table .ql-codes").all_text_contents()
        codes = [[int(n) for n in cell.split(": ")[1].replace("−", "-").split()] for cell in cells]
        assert codes == one["codes"], setting


def test_the_lesson_the_quiet_rows_are_crushed_while_the_global_error_falls(open_page):
    page = open_page("playground")
    before = shown(page)
    go(page, "times=1000&row=3")
    after = shown(page)
    assert float(after["global"].split()[0]) < float(before["global"].split()[0]) < 1
    assert after["quiet"] == "100 %" and after["zeros"] == "100 %"
    finding = page.locator(".ql-finding").inner_text()
    assert "does not see it" in finding
    page.get_by_role("radio", name="per channel").check()
    channel = shown(page)
    assert channel["quiet"] == truth.percent(expected(times=1000, granularity="channel")["quietRow"])
    assert "Only row 3 pays" in page.locator(".ql-finding").inner_text()
    assert plain(page.locator(".ql-beside").nth(2).text_content()) == "beside it: 100 %"


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_alone_set_everything(open_page, language):
    page = open_page("playground", language)
    handle = page.get_by_role("slider", name=re.compile("outlier:|El peso fuerte"))
    handle.focus()
    for key, (row, times) in {
        "PageUp": ("3", "10"), "ArrowRight": ("3", "11"), "ArrowDown": ("4", "11"), "End": ("4", "1000"),
        "ArrowUp": ("3", "1000"), "PageDown": ("3", "100"), "Home": ("3", "1"),
    }.items():  # fmt: skip
        page.keyboard.press(key)
        settle(page)
        assert handle.get_attribute("aria-valuenow") == times, key
        assert row in handle.get_attribute("aria-valuetext"), key
    page.locator("input[type=range]").focus()
    page.keyboard.press("End")
    assert shown(page)["quiet"] == "100 %"
    page.locator("input[name=bits][value='8']").focus()
    page.keyboard.press("ArrowLeft")
    assert shown(page)["global"] == truth.percent(expected(times=1000, bits=7)["error"])
    page.locator("input[name=scales][value=tensor]").focus()
    page.keyboard.press("ArrowRight")
    assert shown(page)["quiet"] == truth.percent(expected(times=1000, bits=7, granularity="channel")["quietRow"])


def test_the_outlier_is_dragged_along_and_across_the_rows(open_page):
    page = open_page("playground")
    page.locator(".ql-strips").scroll_into_view_if_needed()
    box = page.locator(".ql-ring").bounding_box()
    far = page.locator(".ql-far").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(far["x"] + far["width"] * 0.6, box["y"] + 5, steps=4)
    settle(page)
    handle = page.locator(".ql-handle")
    assert float(handle.get_attribute("aria-valuenow")) > 20
    page.mouse.move(far["x"] + far["width"] * 0.6, far["y"] + far["height"] - 12, steps=4)
    page.mouse.up()
    settle(page)
    assert handle.get_attribute("aria-valuetext").startswith("row 6")
    page.mouse.move(far["x"] - 200, box["y"])
    settle(page)
    assert handle.get_attribute("aria-valuetext").startswith("row 6")  # let go is let go


def test_the_setting_is_in_the_address_and_a_shared_one_is_shown(open_page, site):
    page = open_page("playground")
    assert "#" not in page.url
    page.get_by_role("spinbutton").fill("250")
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile("times=250"))
    page.get_by_role("radio", name="groups of 4").check()
    page.wait_for_url(re.compile("scales=4"))
    other = open_page("playground")
    other.goto(page.url)
    assert shown(other) == shown(page)
    other.goto(site.url("playground") + "#times=nonsense&bits=99&row=0&scales=3&seed=-1&loud=x")
    other.reload()
    assert shown(other)["global"] == truth.percent(expected()["error"])


def test_it_grows_by_itself_and_stops_when_touched(open_page):
    page = open_page("playground")
    page.get_by_role("button", name=GROW["en"]).click()
    grown = "Number(document.querySelector('.ql-handle').getAttribute('aria-valuenow')) > {}"
    page.wait_for_function(grown.format(5))
    page.get_by_role("button", name="■ Stop").click()
    settle(page)
    middle = page.locator(".ql-handle").get_attribute("aria-valuenow")
    page.wait_for_timeout(300)
    assert page.locator(".ql-handle").get_attribute("aria-valuenow") == middle
    page.get_by_role("button", name=GROW["en"]).click()
    page.wait_for_function(grown.format(999))
    page.get_by_role("button", name=GROW["en"]).wait_for()  # it has stopped by itself
    assert shown(page)["quiet"] == "100 %"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_prompt_sets_what_it_speaks_of(open_page, language):
    page = open_page("playground", language)
    buttons = page.locator(".ql-set button")
    assert buttons.count() == 6
    buttons.nth(2).click()
    one = expected(times=1000, whole=True, granularity="channel")
    assert shown(page)["rows"] == [truth.percent(x) for x in one["rowErrors"]]
    buttons.nth(5).click()
    assert shown(page)["global"] == truth.percent(expected(granularity="channel", rounding="zero")["error"])


def test_a_screen_reader_hears_one_sentence_when_the_slider_rests(open_page):
    page = open_page("playground")
    status = page.get_by_role("status")
    page.locator("input[type=range]").focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    status.filter(has_text="median quiet row").wait_for()
    page.wait_for_function(
        "document.querySelector('.ql-spoken').textContent === document.querySelector('.ql-finding').textContent"
    )
    picture = page.get_by_role("img", name=re.compile("Relative errors against the size of the outlier"))
    assert picture.count() == 1
    page.get_by_text("The same as a table").click()
    assert page.get_by_role("table").locator("tbody tr").count() == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_a_table_stands_in_its_place(open_page, language):
    page = open_page("playground", language, java_script_enabled=False)
    assert page.locator("noscript table tbody tr").count() == 8
    assert page.locator("details").count() == 6 and page.get_by_role("button", name="Set this up").count() == 0


def test_print_keeps_the_drawing_and_leaves_the_controls(open_page):
    page = open_page("playground")
    go(page, "times=300&row=3")
    page.emulate_media(media="print")
    assert page.locator(".ql-strips").is_visible() and page.locator(".ql-finding").is_visible()
    assert not any(each.is_visible() for each in page.locator(".ql-app :is(button, input, select)").all())


@pytest.mark.parametrize("state", ["times=300&scales=4&bits=4", "times=1000&loud=row&round=down"])
def test_it_fits_a_narrow_phone_and_can_be_touched(open_page, state):
    page = open_page("playground", "es", viewport={"width": 360, "height": 740})
    go(page, state)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(".ql-app :is(button, select, .ql-segments label, .ql-target, summary)")]
            .map((e) => e.getBoundingClientRect()).map((r) => [r.width, r.height])"""
    )
    assert len(sizes) > 15 and min(min(size) for size in sizes) >= 24


def test_a_change_moves_what_is_drawn_and_draws_nothing_anew(open_page):
    page = open_page("playground")
    settle(page)
    added = page.evaluate(
        """async () => {
          let added = 0;
          const count = (changes) => changes.forEach((c) => c.addedNodes.forEach((n) => (added += n.nodeType === 1)));
          const watch = new MutationObserver(count);
          const deep = { childList: true, subtree: true };
          document.querySelectorAll(".ql-chart").forEach((chart) => watch.observe(chart, deep));
          for (let i = 0; i < 20; i += 1) {
            location.hash = `times=${i * 50 + 1}&bits=${2 + (i % 7)}`;
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          }
          return added;
        }"""
    )
    assert added == 0
