"""A run taken home: the notebook gives its curve again, the model opens in plain Keras, the pack says it all."""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from PIL import Image
from tensorflow.core.util.event_pb2 import Event
from tensorflow.python.lib.io.tf_record import tf_record_iterator

from core import scenarios
from core.errors import LabError, UnknownRun
from core.export.files import HISTORY, LOG, MODEL, NOTEBOOK, files_folder, made_files, make_files, progress_of
from core.export.hand_in import write_pack
from core.export.notebook import notebook_of
from core.export.report import Report, write_report
from core.export.settings import link_query, read_settings, write_settings
from core.export.svg import Beside, curves_svg
from core.history import Epoch, Snapshot
from core.models.weights import run_folder, write_arrays
from core.scenarios import parse
from core.sources import photo_sets
from core.sources.own_copies import remove_set
from core.sources.own_texts import bring_texts
from core.sources.text_tables import read_csv_texts

RUN = "0123456789abcdef"
CASES: list[dict[str, Any]] = [
    {"scenario": "iris", "epochs": 30, "early_stopping": True, "patience": 3, "min_delta": 0.05},
    {"scenario": "imdb", "epochs": 5, "examples": 1_000},
    {"scenario": "cats_dogs", "epochs": 5, "examples": 100, "size": 96, "augment": "passes"},
    {"scenario": "glove", "epochs": 5, "examples": 500, "frozen": "none"},
]
"""One of each scenario: early stopping, a trained table, features computed once and augmented, a trained embedding."""
PREDICT = """
import sys, numpy as np
from pathlib import Path
assert not {m.split('.')[0] for m in sys.modules} & {'core', 'pages', 'streamlit'}
if Path("sparse.npz").exists():
    from scipy.sparse import load_npz
    rows = load_npz("sparse.npz")
else:
    rows = np.load("asked.npy")
np.save("predicted.npy", keras.models.load_model("model.keras").predict(rows, verbose=0))
"""
EXECUTE = f"""
import nbformat, nbclient
notebook = nbformat.read("notebook.ipynb", 4)
notebook.cells.append(nbformat.v4.new_code_cell({PREDICT!r}))
nbclient.NotebookClient(notebook, timeout=200, kernel_name="python3").execute()
nbformat.write(notebook, "done.ipynb")
"""


class Taken:
    """A run trained here, and its files unpacked in a folder of their own."""

    def __init__(self, values: dict[str, Any], train: Callable[..., Any], folder: Path) -> None:
        self.spec, self.folder = parse(values), folder
        self.trained = train(self.spec)
        write_arrays(run_folder(RUN) / "weights.npz", self.trained.after)
        rows = [{k: e[k] for k in Epoch.__dataclass_fields__ if k in e} for e in self.trained.events
                if e["event"] == "epoch"]  # fmt: skip
        self.epochs = [Epoch(**row) for row in rows]
        self.answer = make_files(self.spec, RUN, "A run", self.epochs, False)
        with zipfile.ZipFile(made_files(RUN)[NOTEBOOK]) as archive:
            archive.extractall(folder)

    def predictions(self) -> tuple[Any, np.ndarray]:
        """Some validation rows, and what the run's model makes of them."""
        from core.models.weights import adopt
        from core.training.train import build_model

        model = build_model(self.spec)
        adopt(model, self.trained.after)
        rows = scenarios.get(self.spec.scenario).load(self.spec).x_val[:50]
        return rows, model.predict(rows, verbose=0)


def without_this_project() -> dict[str, str]:
    """The surroundings of somebody's own programs: no path to this project, and no guard against the network."""
    return {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "TRANSFER_LAB_HOME"}}


def plain(folder: Path, *arguments: str, python: str = sys.executable) -> str:
    """Run Python in a folder, as somebody would who has never heard of this project."""
    surroundings = {**without_this_project(), "MPLBACKEND": "agg"}
    ran = subprocess.run(
        [python, *arguments], cwd=folder, env=surroundings, text=True, capture_output=True, timeout=230, check=False
    )
    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-2_000:]
    return ran.stdout


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    return "".join(output.text for output in outputs if output.output_type == "stream")


def gap(text: str) -> tuple[int, int, float]:
    """What a notebook says at its end: epochs here and in the run, and the largest difference in validation loss."""
    found = re.search(r"(\d+) epochs here, (\d+) in the run; largest difference in validation loss: (\S+)", text)
    assert found is not None, text[-1_000:]
    return int(found[1]), int(found[2]), float(found[3])


def check_taken(taken: Taken, python: str = sys.executable) -> None:
    rows, expected = taken.predictions()
    if hasattr(rows, "tocsr"):
        from scipy.sparse import save_npz

        save_npz(taken.folder / "sparse.npz", rows)
    else:
        np.save(taken.folder / "asked.npy", rows)
    plain(taken.folder, "-c", EXECUTE, python=python)
    here, there, difference = gap(printed(nbformat.read(taken.folder / "done.ipynb", 4)))
    assert here == there == len(taken.epochs)
    assert difference < 1e-4
    assert np.abs(np.load(taken.folder / "predicted.npy") - expected).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("values", CASES, ids=lambda values: values["scenario"])
def test_notebook_gives_the_curve_again_and_the_model_opens_in_plain_keras(
    values: dict[str, Any], train: Callable[..., Any], own_home: Path, tmp_path: Path
) -> None:
    check_taken(Taken(values, train, tmp_path))


@pytest.mark.slow
@pytest.mark.timeout(1_500)
@pytest.mark.skipif("TRANSFER_LAB_CLEAN" not in os.environ, reason="installs TensorFlow anew: set TRANSFER_LAB_CLEAN")
def test_notebooks_need_only_what_they_say(train: Callable[..., Any], own_home: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "clean", with_pip=True)
    python = str(tmp_path / "clean" / "bin" / "python")
    for number, values in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        taken = Taken(values, train, folder)
        wanted = [python, "-m", "pip", "install", "-q", "-r", "requirements.txt", "nbclient"]
        subprocess.run(wanted, cwd=folder, env=without_this_project(), check=True, timeout=900)
        check_taken(taken, python)


@pytest.mark.slow
def test_an_unfrozen_base_in_inference_mode_is_trained_alike_in_the_notebook(
    train: Callable[..., Any], own_home: Path, tmp_path: Path
) -> None:
    values = {"scenario": "cats_dogs", "epochs": 2, "examples": 40, "size": 96, "learning_rate": 1e-4,
              "frozen": ",".join(["stem", *(f"block_{n}" for n in range(12))])}  # fmt: skip
    taken = Taken(values, train, tmp_path)
    assert gap(plain(tmp_path, "notebook.py"))[2] < 1e-4
    assert "InferenceMode" in (tmp_path / "notebook.py").read_text()
    assert taken.answer["problem"] == ""


ROWS: list[dict[str, Any]] = [
    {"scenario": "iris", "task": "source", "examples": 60},
    {"scenario": "iris", "task": "third_species"},
    {"scenario": "iris", "per_species": 7, "spread": 0.5},
    {"scenario": "iris", "data": "rows:5,3,1,0.2,0;6,3,4,1,1;6,3,5.5,2,2;7,3,6,2,3;5.1,3.3,1.2,0.2,0"},
    {"scenario": "imdb", "reviews": 3_000, "examples": 300},
    {"scenario": "imdb", "reviews": 3_000, "examples": 300, "source": "glove-100d"},
    {"scenario": "cats_dogs", "size": 96, "examples": 101, "seed": 3},
    {"scenario": "glove", "examples": 333, "length": 100},
]


@pytest.mark.parametrize("values", ROWS, ids=str)
def test_a_notebooks_own_code_reads_the_rows_of_the_run(values: dict[str, Any], tmp_path: Path) -> None:
    spec = parse(values)
    written = notebook_of(spec, "A run")
    for part in written.parts:
        for name, write in part.files.items():
            if name.split(".")[0] != "start":
                write(tmp_path / name)
    ends = next(place for place, cell in enumerate(written.cells) if cell.source.startswith("## The network"))
    code = [cell.source for cell in written.cells[:ends] if cell.kind == "code"]
    code = [source for source in code if "set_intra_op_parallelism_threads" not in source] or code
    names: dict[str, Any] = {"HERE": tmp_path, "np": np, "SETTINGS": spec.flat(), "math": __import__("math")}
    exec("\n\n".join(code), names)  # noqa: S102 - the notebook's own cells
    data = scenarios.get(spec.scenario).load(spec)
    for name in ("x_train", "y_train", "x_val", "y_val"):
        mine, theirs = names[name], getattr(data, name)
        assert mine.shape == theirs.shape and mine.dtype == theirs.dtype
        assert (mine != theirs).nnz == 0 if hasattr(mine, "nnz") else np.array_equal(mine, theirs), name


@pytest.fixture(scope="module")
def iris(train: Callable[..., Any], module_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    return Taken({"scenario": "iris", "epochs": 12}, train, tmp_path_factory.mktemp("iris"))


def test_the_same_run_gives_the_same_notebook_with_its_requirements(iris: Taken) -> None:
    first, again = (notebook_of(iris.spec, "A run") for _ in range(2))
    assert first.cells == again.cells
    lines = (iris.folder / "requirements.txt").read_text().split()
    assert f"keras=={importlib.metadata.version('keras')}" in lines
    assert not any(line.startswith(("streamlit", "transfer")) for line in lines)
    nbformat.validate(nbformat.read(iris.folder / "notebook.ipynb", 4))
    text = (iris.folder / "notebook.py").read_text()
    assert "«" not in text and "import core" not in text and "from core" not in text


def test_the_curve_is_a_table_with_every_epoch_and_layer(iris: Taken) -> None:
    rows = list(csv.DictReader(io.StringIO(made_files(RUN)[HISTORY].read_text())))
    assert [float(row["val_loss"]) for row in rows] == [epoch.val_loss for epoch in iris.epochs]
    assert {float(row["moved dense_50"]) for row in rows} == {0.0}


def test_the_log_is_read_by_tensorboards_own_records(iris: Taken, tmp_path: Path) -> None:
    with zipfile.ZipFile(made_files(RUN)[LOG]) as archive:
        archive.extractall(tmp_path)
    (file,) = (tmp_path / "tensorboard" / "validation").iterdir()
    events = [Event.FromString(record) for record in tf_record_iterator(str(file))]
    losses = [v.simple_value for e in events for v in e.summary.value if v.tag == "epoch_loss"]
    assert np.allclose(losses, [epoch.val_loss for epoch in iris.epochs])


def test_files_have_nothing_left_over_and_are_made_anew(iris: Taken) -> None:
    assert set(made_files(RUN)) == {NOTEBOOK, MODEL, HISTORY, LOG} == set(iris.answer["sizes"])
    assert progress_of(RUN) is None
    assert [path.name for path in files_folder(RUN).parent.iterdir()] == [RUN]
    assert make_files(iris.spec, RUN, "Another", iris.epochs, False)["sizes"].keys() == iris.answer["sizes"].keys()


def test_a_run_with_a_mistake_has_files_but_no_notebook(iris: Taken) -> None:
    spec = parse({**iris.spec.flat(), "frozen": "base", "mistake": "shuffled_labels"})
    answer = make_files(spec, RUN, "A run", iris.epochs, False)
    assert "mistake" in answer["problem"] and NOTEBOOK not in answer["sizes"] and MODEL in answer["sizes"]
    make_files(iris.spec, RUN, "A run", iris.epochs, False)


def test_ids_that_are_no_runs_name_no_folder() -> None:
    for run in ("../../etc", "", "0123456789ABCDEF", "a" * 17):
        with pytest.raises(UnknownRun):
            files_folder(run)


def snapshot(taken: Taken, **more: Any) -> Snapshot:
    return replace(Snapshot(RUN, taken.spec, "finished", tuple(taken.epochs), taken.trained.outcome, number=3), **more)


def test_the_pack_holds_report_settings_curves_and_notebook(iris: Taken) -> None:
    other = snapshot(iris, id="f" * 16, number=4, spec=iris.spec.changed(learning_rate=0.1))
    report = Report(snapshot(iris, name="<b>mine</b>"), [other], "Saw <script>x</script>\nlearned", "Ada & Eve")
    with zipfile.ZipFile(io.BytesIO(write_pack(report, made_files(RUN)))) as archive:
        names = set(archive.namelist())
        assert {"report.html", "settings.json", "curves.svg", "history.csv", "notebook/notebook.ipynb",
                "notebook/model.keras", "notebook/requirements.txt"} <= names  # fmt: skip
        page = archive.read("report.html").decode()
        assert parse(read_settings(archive.read("settings.json"))) == iris.spec
        ElementTree.fromstring(archive.read("curves.svg"))
    assert "<script" not in page and "&lt;script&gt;x&lt;/script&gt;" in page and "Ada &amp; Eve" in page
    assert "run 4" in page and "rate 1e-2 to 0.1" in page
    assert f"{min(e.val_loss for e in iris.epochs if e.val_loss is not None):.3f}"[:4] in page


def test_a_report_of_a_run_without_epochs_is_still_a_page(iris: Taken) -> None:
    page = write_report(Report(snapshot(iris, epochs=(), outcome=None, state="failed")))
    assert "0 of 12 epochs" in page and "None were written" in page


def test_the_picture_marks_gaps_by_leaving_them_out_and_escapes_names() -> None:
    epochs = [Epoch(1, 1.0, 0.5, 1.2, 0.5, 0.1), Epoch(2, None, None, None, None, 0.1), Epoch(3, 0.5, 0.9, 0.8, 1, 0.1)]
    picture = curves_svg(epochs, "A & <b>", [Beside("run <2>", epochs)])
    root = ElementTree.fromstring(picture)
    lines = root.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 6 and all(len(line.attrib["points"].split()) == 2 for line in lines)
    assert "best: epoch 3" in picture and "run &lt;2&gt;" in picture
    ElementTree.fromstring(curves_svg([], "empty"))


WRITTEN: list[dict[str, Any]] = [
    {"scenario": "iris", "task": "third_species", "frozen": "none"},
    {"scenario": "cats_dogs", "augment": "live", "size": 96, "early_stopping": True},
    {"scenario": "glove", "network": "lstm"},
    {"scenario": "imdb", "seed": 7},
]


@pytest.mark.parametrize("values", WRITTEN, ids=str)
def test_settings_come_back_from_a_file_and_from_a_link(values: dict[str, Any]) -> None:
    spec = parse(values)
    assert parse(read_settings(write_settings(spec).encode())) == spec
    assert parse({"scenario": spec.scenario, **link_query(spec)}) == spec


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"what": "Transfer Lab settings"}', b"[" * 100_000,
    b'{"what": "Transfer Lab settings", "settings": {"scenario": "nosuch"}}',
    b'{"what": "Transfer Lab settings", "settings": {"scenario": {"a": 1}}}',
    b'{"what": "other", "settings": {"scenario": "iris"}}', b" " * (2**20 + 1),
])  # fmt: skip
def test_a_file_that_is_no_settings_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(LabError) as caught:
        read_settings(content)
    assert len(str(caught.value)) < 400


def test_nested_values_in_a_settings_file_are_left_out() -> None:
    settings = {
        "scenario": "iris",
        "epochs": 5,
        "frozen": ["dense_50"],
        "seed": {"x": 1},
        "patience": [1],
        "start": None,
    }
    content = json.dumps({"what": "Transfer Lab settings", "settings": settings}).encode()
    assert read_settings(content) == {"scenario": "iris", "epochs": 5, "frozen": ["dense_50"]}


def test_files_of_own_texts_run_anywhere_and_go_when_the_texts_are_deleted(
    train: Callable[..., Any], own_home: Path, tmp_path: Path
) -> None:
    words = {1: "good fine lovely bright", 0: "bad dull poor grey"}
    rows = [f"{word} {n},{label}" for label in words for n in range(15) for word in words[label].split()]
    data = bring_texts(read_csv_texts("\n".join(["text,sentiment", *rows]).encode())).data
    for scenario in ("imdb", "glove"):
        folder = tmp_path / scenario
        folder.mkdir()
        Taken({"scenario": scenario, "data": data, "epochs": 2}, train, folder)
        written = (folder / "notebook.py").read_text(encoding="utf-8")
        assert "texts.json" in written
        assert gap(plain(folder, "notebook.py"))[2] < 1e-4
    assert made_files(RUN)
    remove_set(data)
    assert not made_files(RUN) and not list(files_folder(RUN).parent.glob("*"))


def test_a_notebook_of_own_photos_has_their_rows_and_a_softmax_of_their_classes(
    train: Callable[..., Any], own_home: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    for shade, kind in enumerate(("ape", "bee", "cow")):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for number in range(8):
            points = rng.integers(0, 80, (40, 40, 3)) + 80 * shade
            Image.fromarray(points.astype(np.uint8)).save(tmp_path / "photos" / kind / f"{number}.png")
    data = photo_sets.bring(tmp_path / "photos").data
    (tmp_path / "notebook").mkdir()
    taken = Taken({"scenario": "cats_dogs", "data": data, "size": 96, "epochs": 3}, train, tmp_path / "notebook")
    assert taken.spec.options["classes"] == 3 and taken.answer["problem"] == ""
    assert gap(plain(tmp_path / "notebook", "notebook.py"))[2] < 1e-4
