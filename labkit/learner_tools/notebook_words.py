"""The prose of the notebooks, in both languages."""

from __future__ import annotations

INTRO = {
    "en": """# Lab {number} · {title}, in a notebook

You need a browser and nothing else. The cells hold the exercises of the lab. `%%exercise` writes what you fill in into
`starter.py` and grades it with the same tests as on any other machine.

- **In Colab:** *File → Open notebook → GitHub*, paste the address of the course's repository, choose this file.
- **In a clone on your machine:** open this file in Jupyter or VS Code.

Then run the next cell. The ideas, with a drawing and worked numbers, are on [the lab's page]({page}): twenty minutes of
reading well spent.""",
    "es": """# Laboratorio {number} · {title}, en un cuaderno

Solo te hace falta un navegador. Las celdas contienen los ejercicios del laboratorio. `%%exercise` escribe lo que
rellenas en `starter.py` y lo evalúa con las mismas pruebas que en cualquier otra máquina.

- **En Colab:** *Archivo → Abrir cuaderno → GitHub*, pega la dirección del repositorio del curso y elige este archivo.
- **En un clon en tu máquina:** abre este archivo en Jupyter o VS Code.

Después ejecuta la celda siguiente. Las ideas, con un dibujo y cuentas hechas, están en
[la página del laboratorio]({page}): veinte minutos de lectura bien empleados.""",
}
WORDS = {
    "en": {
        "set_up": "Set-up: run this first",
        "ask": "The repository's address, as your browser shows it (Colab's own address will do):",
        "done": "Ready: the course is in",
        "exercise": """## {number} · `{function}`

{points} points, about {minutes} minutes. Replace the last line and run the cell.""",
        "try": "Try it: the functions you have written can be called here.",
        "beyond": """# Beyond the core

Scored apart, in any order. The lab is complete without.""",
        "end": """# Where you stand

The whole lab, graded as on any machine; then its figure from your functions (pale: the reference).""",
        "keep": """# Keep what you wrote

Colab forgets this machine when you leave. The next cell gives you your `starter.py`; in a clone it only says where it
lies. The other labs go on in the same way on your own machine: [where it runs](../docs/en/where-it-runs.md).""",
        "lies": "Your work is in",
    },
    "es": {
        "set_up": "Preparación: ejecuta esto primero",
        "ask": "La dirección del repositorio, tal como la muestra tu navegador (vale la de Colab):",
        "done": "Listo: el curso está en",
        "exercise": """## {number} · `{function}`

{points} puntos, unos {minutes} minutos. Cambia la última línea y ejecuta la celda.""",
        "try": "Pruébalo: aquí puedes llamar a las funciones que has escrito.",
        "beyond": """# Más allá del núcleo

Puntúa aparte, en cualquier orden. El laboratorio está completo sin esto.""",
        "end": """# Cómo vas

Todo el laboratorio, evaluado como en cualquier máquina; después su figura con tus funciones (en pálido, la
referencia).""",
        "keep": """# Guarda lo que has escrito

Colab olvida esta máquina cuando te vas. La celda siguiente te da tu `starter.py`; en un clon solo dice dónde está. Los
demás laboratorios siguen igual en una máquina tuya: mira [dónde funciona](../docs/es/donde-funciona.md).""",
        "lies": "Tu trabajo está en",
    },
}
