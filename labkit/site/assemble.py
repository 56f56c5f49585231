"""From the repository to what Zensical reads: one folder of Markdown and one configuration a language."""

from __future__ import annotations

import shutil
from fnmatch import fnmatch
from pathlib import Path

import yaml

from labkit import course
from labkit.site import figures, links, model_configs, table
from labkit.site.page import Page
from labkit.site.table import Site

HERE = Path(__file__).parent


def assemble(out: Path, root: Path = course.ROOT) -> dict[str, Site]:
    """Write out/src/LANGUAGE/ and out/mkdocs.LANGUAGE.yml; SiteError for what cannot be placed."""
    sites = {language: table.read(language, root) for language in course.LANGUAGES}
    _same_pages(sites)
    shutil.rmtree(out / "src", ignore_errors=True)
    published = _published(root)
    for language, site in sites.items():
        folder = out / "src" / language
        others = {page.source for other in sites.values() if other is not site for page in other.pages}
        others |= {name for other in sites.values() if other is not site for name in other.stands_for}
        rewriter = links.Rewriter(site, others, root, published)
        for page in site.pages:
            target = folder / f"{page.slug}.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            text = figures.place(rewriter.page(page), page, site, rewriter, root)
            text = text.replace(model_configs.MARKER, model_configs.block(root))
            target.write_text(_front_matter(page) + text, encoding="utf-8")
        links.write_copies(rewriter.copies, root, folder)
        shutil.copytree(HERE / "assets", folder / "assets", dirs_exist_ok=True)
        shutil.copytree(root / "docs/figures", folder / "figures", dirs_exist_ok=True)
        (out / f"mkdocs.{language}.yml").write_text(_config(site), encoding="utf-8")
    return sites


def _same_pages(sites: dict[str, Site]) -> None:
    english, *others = sites.values()
    slugs = [page.slug for page in english.pages]
    for other in others:
        theirs = [page.slug for page in other.pages]
        if theirs != slugs:
            odd = sorted(set(slugs) ^ set(theirs)) or "in another order"
            raise table.SiteError(f"the pages differ between {english.language} and {other.language}: {odd}")


def _published(root: Path):
    """Which files a reader may be shown: not those that solve the labs."""
    hidden = table.hidden(root)
    # A student edition lacks files that its quizzes name as evidence; elsewhere a missing one is a dead link.
    whole = any(root.glob("phase-*/labs/*/solution.py"))

    def published(name: str) -> bool:
        solves = any(fnmatch(name, pattern) for pattern in hidden)
        return not solves and (whole or (root / name).exists())

    return published


def _front_matter(page: Page) -> str:
    meta = dict(page.meta)
    if not page.search:
        meta["search"] = {"exclude": True}
    return f"---\n{yaml.safe_dump(meta, allow_unicode=True)}---\n" if meta else ""


def _config(site: Site) -> str:
    """The builder's configuration: zensical.yaml, with one language's names, pages and folders."""
    config = yaml.safe_load((HERE / "zensical.yaml").read_text(encoding="utf-8"))
    language = site.language
    for each in config["theme"]["palette"]:
        each["toggle"]["name"] = each["toggle"]["name"][language]
    config["theme"] |= {"language": language, "custom_dir": str(HERE / "theme")}
    config["extra"]["alternate"] = [
        {"name": links.NAMES[each], "link": f"../{each}/", "lang": each} for each in course.LANGUAGES
    ]
    sheets = sorted((HERE / "assets/css").glob("*.css"))
    return yaml.safe_dump(
        {
            "site_name": site.name,
            "site_description": site.description,
            # Only the sitemap shows it; the pages' own links are relative, so that the site works wherever it lies.
            "site_url": f"http://localhost/{language}/",
            "docs_dir": f"src/{language}",
            "site_dir": f"site/{language}",
            "extra_css": ["assets/katex/katex.min.css", *(f"assets/css/{sheet.name}" for sheet in sheets)],
            "extra_javascript": [{"path": "assets/js/site.js", "defer": True}],
            "nav": _nav(site),
            **config,
        },
        allow_unicode=True,
        sort_keys=False,
    )


def _nav(site: Site) -> list[dict]:
    nav = []
    for section in site.sections:
        entries = [{page.title: f"{page.slug}.md"} for page in section.pages if page.nav]
        nav += [{section.title: entries}] if section.title else entries
    return nav
