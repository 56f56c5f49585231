"""The site, built once for a worker and served on loopback, and a real browser to read it with."""

import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Served:
    """A built site: its folder, and the address it is served at."""

    folder: Path
    origin: str

    def url(self, slug: str = "index", lang: str = "en") -> str:
        """The address of a page by its slug: "labs/01", "quizzes/index"."""
        place = "/".join(part for part in slug.split("/") if part != "index")
        return f"{self.origin}/{lang}/{place}{'/' if place else ''}"


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Served:
    """The whole site as `lab docs build` makes it; LAB_SITE names a built one to test in its place."""
    from labkit.site import build, serve

    folder = Path(os.environ.get("LAB_SITE", "")).resolve() if os.environ.get("LAB_SITE") else None
    folder = folder or build.build(tmp_path_factory.mktemp("docs"), say=lambda line: None)
    with serve.server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Served(folder, f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium; a test that needs it is skipped without one, and fails where LAB_REQUIRE=browser says it must run."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        says = f"no browser found: looked for {', '.join(BROWSERS)}; CHROMIUM=/path/to/it names one"
        if "browser" in os.environ.get("LAB_REQUIRE", "").replace(",", " ").split():
            pytest.fail(f"{says}; LAB_REQUIRE=browser says that there must be one", pytrace=False)
        pytest.skip(says)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def open_page(browser, site):
    """open_page("labs/01", "es", color_scheme="dark", …) -> a page that has loaded, in a browser profile of its own.

    The test fails afterwards if a page wrote an error to the console, failed to load something, or asked anything
    of another machine. More keywords are those of playwright's `new_context`.
    """
    wrong: list[str] = []
    contexts = []

    def open_one(slug: str = "index", lang: str = "en", *, before=None, **options):
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        # A page that is left before it has loaded drops what it had asked for: that is no fault.
        page.on(
            "requestfailed",
            lambda r: wrong.append(f"not loaded: {r.url}: {r.failure}") if r.failure != "net::ERR_ABORTED" else None,
        )
        page.on("response", lambda r: wrong.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        page.on("request", lambda r: wrong.append(f"elsewhere: {r.url}") if _elsewhere(r.url, site) else None)
        if before:
            before(page)
        page.goto(site.url(slug, lang), wait_until="load")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def _elsewhere(url: str, site: Served) -> bool:
    return not url.startswith((site.origin, "data:", "blob:", "about:"))
