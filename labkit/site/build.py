"""`lab docs`: build the site, show it, check it.

lab docs build         into build/docs/site; any dead link, missing translation or stale number stops it
lab docs serve         build, then show it at http://127.0.0.1:8000
lab docs check         the checks alone, on what is built
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from labkit import course
from labkit.site.table import SiteError

OUT = course.ROOT / "build/docs"


def build(out: Path = OUT, root: Path = course.ROOT, say=print) -> Path:
    """Build every language into out/site and check it; gives that folder. SiteError for the first thing wrong."""
    from labkit.site import assemble, check, search

    started = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    sites = assemble.assemble(out, root)
    shutil.rmtree(out / "site", ignore_errors=True)
    for language in sites:
        _zensical(out, language)
        search.translate(out / "site" / language, language)
        search.lighten(out / "site" / language)
    _first_page(out / "site", sites)
    slips = check.slips(out / "site")
    if slips:
        raise SiteError("\n".join([f"{len(slips)} things are wrong in what was built:", *_some(slips)]))
    pages = sum(len(site.pages) for site in sites.values())
    size = sum(file.stat().st_size for file in (out / "site").rglob("*") if file.is_file())
    seconds = time.perf_counter() - started
    where = course.show_path(out / "site")
    say(f"{pages} pages in {len(sites)} languages, {size / 1e6:.1f} MB, {seconds:.1f} s: {where}")
    return out / "site"


def _zensical(out: Path, language: str) -> None:
    """Run the builder as its own process: it keeps state that a second build in one process would share."""
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "-f", f"mkdocs.{language}.yml"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(course.ROOT), os.environ.get("PYTHONPATH", "")]),
        "NO_COLOR": "1",
    }
    done = subprocess.run(command, cwd=out, capture_output=True, encoding="utf-8", errors="replace", env=environment)
    if done.returncode or not (out / "site" / language / "index.html").is_file():
        says = re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr).strip()
        raise SiteError(f"the builder refuses the {language} pages:\n{says}")


def _first_page(site: Path, sites: dict) -> None:
    """The door: the language that the browser asks for, and links for those without scripts."""
    links = "".join(f'<p><a href="{key}/" lang="{key}">{each.name}</a></p>' for key, each in sites.items())
    (site / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{sites['en'].name}</title><script>location.replace((navigator.languages||['en']).map(l=>l.slice(0,2))"
        f".find(l=>{list(sites)!r}.includes(l))==='es'?'es/':'en/')</script>{links}</html>\n",
        encoding="utf-8",
    )


def main(argv: list[str]) -> int:
    """Exit code 0: built; 1: something is wrong with the sources, and what; 2: usage or a package missing."""
    parser = argparse.ArgumentParser(
        prog="lab docs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["build", "serve", "check"], nargs="?", default="build")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to build in (default: build/docs)")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(argv)
    try:
        if options.verb == "check":
            return _check(options.out / "site")
        _installed()
        if (code := _sources()) != 0:
            return code
        site = build(options.out)
    except SiteError as error:
        print(f"lab docs: {error}", file=sys.stderr)
        return 1
    if options.verb == "serve":
        from labkit.site import serve

        return serve.serve(site, options.port)
    return 0


def _check(site: Path) -> int:
    from labkit.site import check

    if not site.is_dir():
        print(f"lab docs check: nothing is built at {course.show_path(site)}: run `lab docs build`", file=sys.stderr)
        return 2
    found = check.slips(site)
    print("\n".join(_some(found)) if found else "no dead link, no outside request")
    return 1 if found else 0


def _installed() -> None:
    """ModuleNotFoundError for a package that the build needs: at once, and not after the checks."""
    for package in ("jsonschema", "zensical", "py_mini_racer"):
        if importlib.util.find_spec(package) is None:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)


def _sources() -> int:
    """What the pages say must hold before they are built: claims, excerpts, generated texts, both languages alike."""
    from labkit.site import sources

    found = sources.slips()
    for slip in _some(found):
        print(slip, file=sys.stderr)
    if found:
        print(f"lab docs: {len(found)} things must be mended before the site is built", file=sys.stderr)
    return 1 if found else 0


def _some(lines: list[str], most: int = 30) -> list[str]:
    """The first lines, and how many more there are: one fault in a template shows on every page."""
    return lines[:most] + [f"... and {len(lines) - most} more"] * (len(lines) > most)
