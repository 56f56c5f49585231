"""Every name of vLLM that the map and the lab's page mention exists in the installed version."""

import json
import re
import subprocess
import sys

import pytest

from labkit import course
from labkit.engine import child

MAPS = (course.ROOT / "docs" / "en" / "vllm-map.md", course.ROOT / "docs" / "es" / "mapa-vllm.md")
ROW = re.compile(r"\| `(vllm[\w.]*)` \| `([\w.]+)` \|$", re.M)
# In a process of its own: importing all of them takes a while and changes what is loaded.
LOOK = """
import importlib, json, sys
missing = []
for module, name in json.load(sys.stdin):
    try:
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        missing.append(f"{module} {name}: {error}")
print("MISSING", json.dumps(missing))
"""


def names():
    return ROW.findall(MAPS[0].read_text(encoding="utf-8"))


def test_both_languages_map_the_same_names():
    assert names() == ROW.findall(MAPS[1].read_text(encoding="utf-8")) and len(names()) > 20


@pytest.mark.engine
def test_every_name_of_the_map_exists_in_the_installed_vllm():
    done = subprocess.run(
        [sys.executable, "-c", LOOK], input=json.dumps(names()), capture_output=True, text=True, env=child.environment()
    )
    assert json.loads(done.stdout.split("MISSING", 1)[1]) == [], done.stderr[-500:]


def test_the_kernels_that_the_labs_pages_name_are_on_the_map():
    known = {name for _, name in names()}
    for page in ("README.md", "README.es.md"):
        text = (course.find("02").folder / page).read_text(encoding="utf-8")
        assert set(re.findall(r"`(CPU\w+Kernel)`", text)) <= known
