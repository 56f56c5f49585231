"""Figures and scripts of a page: what the repository's Markdown says in HTML for GitHub, said for the site."""

from __future__ import annotations

import re
from pathlib import Path

from labkit.site.links import Rewriter, relative
from labkit.site.page import Page
from labkit.site.table import Site, SiteError

_FIGURE = re.compile(r'<picture>\s.*?/(?P<name>[\w-]+)\.\w\w\.light\.svg" alt="(?P<alt>[^"]*)">\s*</picture>', re.S)
_SCRIPT = re.compile(r"^<!-- script: (?P<name>[\w./-]+\.js) -->[ \t]*$", re.M)
_DATA = {"en": "Data", "es": "Datos"}


def place(text: str, page: Page, site: Site, rewriter: Rewriter, root: Path) -> str:
    """The page's text with each figure as a pair, light and dark, above a link to its data, and its scripts."""

    def figure(match: re.Match) -> str:
        name, alt = match["name"], match["alt"]
        sources = site.figures.get(name)
        if not sources:
            raise SiteError(f"{page.source}: the figure {name} has no data: name its measurements in docs/site.yaml")
        pair = [_image(name, alt, shade, page, site.language, root) for shade in ("light", "dark")]
        data = [f"[{source}.json]({_data(source, page, rewriter, root)})" for source in sources]
        caption = f'<figcaption markdown="span">{_DATA[site.language]}: {", ".join(data)}</figcaption>'
        return "\n".join(['<figure markdown="span" class="measured">', *pair, caption, "</figure>"])

    text = _FIGURE.sub(figure, text)
    if "<picture>" in text:
        raise SiteError(f"{page.source}: a <picture> that is not like the others: see what `lab plots` writes")
    # The builder moves the address of a raw tag along with the page, as it does with a link.
    return _SCRIPT.sub(
        lambda match: f'<script src="{relative("assets/js/" + match["name"], page)}" defer></script>', text
    )


def _image(name: str, alt: str, shade: str, page: Page, language: str, root: Path) -> str:
    file = root / "docs/figures" / f"{name}.{language}.{shade}.svg"
    if not file.is_file():
        raise SiteError(f"{page.source}: the figure {file.name} is missing in docs/figures: run `lab plots`")
    head = file.read_text(encoding="utf-8")[:2000]
    width, height = (
        round(float(re.search(rf'\b{side}="([\d.]+)pt"', head)[1]) * 4 / 3) for side in ("width", "height")
    )
    to = relative(f"figures/{file.name}", page)
    alt = alt.replace("[", "(").replace("]", ")")
    return f'![{alt}]({to}#only-{shade}){{ width="{width}" height="{height}" loading=lazy }}'


def _data(source: str, page: Page, rewriter: Rewriter, root: Path) -> str:
    path = f"data/measurements/{source}.json"
    if not (root / path).is_file():
        raise SiteError(f"docs/site.yaml: figures: {path} is missing")
    return relative(rewriter.copy(path), page)
