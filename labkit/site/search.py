"""What the builder leaves to be done for the search: its words in other languages, and a lighter index.

The box's words stand in the builder's script as they are here; a script that says something else stops the build. The
index is fetched with every page, so it holds prose alone: nobody looks for a line of a program's output.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from labkit.site.table import SiteError

WORDS = {
    "es": {
        '"result":"results"': '"resultado":"resultados"',
        '"No results': '"Sin resultados',
        'Intl.NumberFormat("en-US")': 'Intl.NumberFormat("es")',
        '"Search results"': '"Resultados de la búsqueda"',
        '"Close search"': '"Cerrar la búsqueda"',
        '"Filters"': '"Filtros"',
        '"aria-label":"Search"': '"aria-label":"Buscar"',
        '"Search is unavailable. Reload the page to try again."': '"No se puede buscar. Vuelve a cargar la página."',
    }
}


def translate(folder: Path, language: str) -> None:
    """Put the words into the script of the site built in `folder`; nothing to do in English."""
    if language not in WORDS:
        return
    (script,) = folder.glob("assets/javascripts/bundle.*.js")
    text = script.read_text(encoding="utf-8")
    for english, other in WORDS[language].items():
        if english not in text:
            raise SiteError(f"{script.name} no longer says {english}: bring labkit/site/search.py up to date")
        text = text.replace(english, other)
    script.write_text(text, encoding="utf-8")


def lighten(folder: Path) -> None:
    """Take the blocks of code out of the index of the site built in `folder`."""
    file = folder / "search.json"
    index = json.loads(file.read_text(encoding="utf-8"))
    for item in index["items"]:
        item["text"] = re.sub(r"<pre\b.*?</pre>", "", item["text"], flags=re.S)
    file.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
