"""The words of the builder's search box, which it knows in English alone, in the other languages.

They stand in its script as they are here; a builder whose script says something else stops the build.
"""

from __future__ import annotations

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
            raise SiteError(f"{script.name} no longer says {english}: bring labkit/site/search_words.py up to date")
        text = text.replace(english, other)
    script.write_text(text, encoding="utf-8")
