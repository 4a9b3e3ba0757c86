"""Pages as tests of them open and read them, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.parts.lab import shared_runner

APP = Path(__file__).resolve().parents[1] / "app.py"
KINDS = ("error", "warning", "info", "success", "markdown", "caption")


def visit(name: str, tab: str = "", **query: str) -> AppTest:
    """The page of this name, come to from the home page with an address of these settings; ``tab`` is open there."""
    app = AppTest.from_file(str(APP), default_timeout=90).run()
    app.switch_page(f"pages/{name}.py")
    if tab:
        app.session_state[f"{name}.tab"] = tab
    for field, value in query.items():
        app.query_params[field] = value
    return app.run()


def said(app: AppTest) -> str:
    """All text on the page."""
    return " ".join(str(e.value) for kind in KINDS for e in app.get(kind))


def button(app: AppTest, label: str) -> Any:
    return next(b for b in app.button if b.label == label)


def run_of(app: AppTest) -> str:
    """The run in the page's address."""
    run = app.query_params["run"]
    return run if isinstance(run, str) else run[0]


def train(app: AppTest) -> AppTest:
    """Press Train, and look again when the run is over. (Looking all the while would take the processor from it.)"""
    button(app, "Train").click().run()
    shared_runner().wait(run_of(app), 120)
    return app.run()
