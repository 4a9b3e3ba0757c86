"""Rule 1 of the design: imports run one way, and the web side never loads TensorFlow."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEVELS: dict[str, int] = {
    "words": 0, "limits": 0, "controls": 1, "errors": 1, "spec": 2, "home": 2, "history": 3,
    "models": 4, "sources": 5, "assets": 5,
    "scenarios": 6,
    "lessons": 7, "training": 7,
    "insight": 8, "charts": 8, "experiments": 8,
    "export": 9, "classroom": 9,
    "runs": 10, "bringing": 11,
    "experimenting": 11, "taking": 11, "commands": 12, "__main__": 13,
}  # fmt: skip
"""A module of core may import its own package and lower levels."""
LAZY = {
    ("core.words.gather", "core.lessons"): "run by hand: it looks into all there is to say",
    ("core.scenarios.iris", "core.insight"): "an answer is looked for only in a worker",
    ("core.scenarios.imdb", "core.insight"): "an answer is looked for only in a worker",
    ("core.scenarios.cats_dogs", "core.insight"): "an answer is looked for only in a worker",
    ("core.scenarios.glove", "core.insight"): "an answer is looked for only in a worker",
}
"""Imports inside functions that go up, and why."""
SCRIPTS = {
    f"core.assets.build_{what}" for what in ("iris", "embedding", "glove", "images", "architectures", "older_task")
}  # fmt: skip
"""Run by hand to rebuild what ships; nothing imports them."""
WEB_SIDE = (
    "core.runs.runner, core.runs.store, core.runs.engines.process, core.scenarios, core.sources.catalogue, "
    "core.charts.curves, core.charts.bars, core.insight.reading, core.models.weights, core.sources.iris_rows, "
    "core.sources.cats_dogs, core.sources.imagenet, core.sources.sentences, core.sources.own_texts, "
    "core.insight.word_lab, core.charts.overlay, core.insight.differences, core.charts.words, "
    "core.insight.replay, core.insight.expected, core.charts.replay, "
    "core.insight.trail, core.charts.trail, core.training.trail, "
    "core.export.files, core.export.report, core.export.settings, core.export.svg, core.runs.intake, "
    "core.sources.archives"
)


def modules(*folders: str) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        path = ROOT / folder
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), file


def imports(file: Path) -> Iterator[tuple[str, bool]]:
    """Modules a file imports, and whether inside a function. Imports for type checkers only do not count."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    typing = {
        id(n)
        for i in ast.walk(tree)
        if isinstance(i, ast.If) and "TYPE_CHECKING" in ast.unparse(i.test)
        for n in ast.walk(i)
    }
    for node in ast.walk(tree):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            yield from ((a.name, id(node) in inside) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            module = str(node.module)
            names = [module] if module != "core" else [f"core.{a.name}" for a in node.names]
            yield from ((name, id(node) in inside) for name in names)


def part(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize(("name", "file"), [m for m in modules("core") if "." in m[0]], ids=lambda v: str(v)[-40:])
def test_core_imports_downwards_only(name: str, file: Path) -> None:
    if name in SCRIPTS:
        return
    for imported, is_lazy in imports(file):
        if not imported.startswith("core.") or part(imported) == part(name):
            continue
        if is_lazy and any(name == a and imported.startswith(b) for a, b in LAZY):
            continue
        assert LEVELS[part(imported)] < LEVELS[part(name)], f"{name} imports {imported}"


def test_core_never_imports_pages_or_streamlit() -> None:
    for name, file in modules("core"):
        roots = {imported.split(".")[0] for imported, _ in imports(file)}
        assert not roots & {"streamlit", "pages", "app", "benchmarks", "tests"}, name


def test_parts_never_import_pages_and_nothing_imports_the_app() -> None:
    for name, file in modules("pages", "app.py"):
        for imported, _ in imports(file):
            assert imported.split(".")[0] != "app", name
            assert not imported.startswith("pages.") or imported.startswith("pages.parts"), f"{name} imports {imported}"


def test_pages_touch_no_tensors() -> None:
    for name, file in modules("pages", "app.py"):
        roots = {imported.split(".")[0] for imported, _ in imports(file)}
        assert not roots & {"tensorflow", "keras", "tensorflow_hub", "tensorflow_datasets"}, name


def test_nothing_imports_the_scripts_that_rebuild_assets() -> None:
    for name, file in modules("core", "pages", "app.py"):
        assert not SCRIPTS & {imported for imported, _ in imports(file)}, name


def test_the_web_side_never_loads_tensorflow() -> None:
    code = f"""
import sys
import {WEB_SIDE}
from core.scenarios import SCENARIOS, parameters, parse
for name, scenario in SCENARIOS.items():
    spec = parse({{"scenario": name}})
    parameters(spec), scenario.layers(spec), scenario.origins(spec), scenario.sources(spec.options)
core.runs.engines.process.ProcessEngine().close()
assert not {{"tensorflow", "keras", "tensorflow_hub", "streamlit"}} & set(sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ended.returncode == 0, ended.stderr
