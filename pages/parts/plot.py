"""A Plotly chart that updates in place: the node is never remounted, so zoom and legend clicks outlive every update.

A small bundle of plotly.js is served as a file that the browser keeps; where that cannot be had, the installed
package's own travels inline instead.
"""

from __future__ import annotations

import hashlib
import json
import logging
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import Error as StreamlitError

from core.sources.catalogue import ASSETS, asset
from pages.parts import chart_look, chart_table
from pages.parts.view import is_projector

log = logging.getLogger(__name__)

SCRIPT = "plotly-basic.min.js"
PROJECTED_HEIGHT = 1.15

EARLY_HTML = '<span class="transfer-lab-early" hidden></span>'
EARLY_CSS = """
[data-testid="stElementContainer"]:has(.transfer-lab-early) {
  display: none;
}
"""

HTML = f"""
<div class="transfer-lab-plot">
  <div class="transfer-lab-canvas"></div>
  <div class="transfer-lab-wait"></div>
{chart_table.HTML}</div>
"""

CSS = (
    """
.transfer-lab-plot { position: relative; width: 100%; overflow: hidden; }
.transfer-lab-canvas { position: absolute; inset: 0; }
.transfer-lab-wait { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center;
  color: var(--st-text-color); opacity: 0.75; font-family: var(--st-font); font-size: 0.9rem; }
.transfer-lab-canvas.js-plotly-plot + .transfer-lab-wait { display: none; }
"""
    + chart_table.CSS
)

# The server sends the script with no validator and no age, so a <script src> would fetch it again at every visit.
# `force-cache` takes what the browser keeps whatever its age; the address carries the script's checksum. Unlike the
# Cache API it also works on plain http in a LAN. The promise is the window's, so that whoever is first begins.
LOADER_JS = """
async function inject(url, mode) {
  const response = await fetch(url, { cache: mode });
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok || !type.includes("javascript")) throw new Error(`${url} answered ${response.status} ${type}`);
  const script = document.createElement("script");
  script.textContent = await response.text();
  document.head.appendChild(script).remove();
  if (!window.Plotly) throw new Error(`${url} is not plotly.js`);
}

function load(url) {
  if (window.Plotly) return Promise.resolve();
  window.transferLabPlotly ??= url
    ? inject(url, "force-cache").catch(() => inject(url, "reload"))
    : Promise.reject(new Error("plotly.js has no address"));
  return window.transferLabPlotly;
}
"""

EARLY_JS = f"""{LOADER_JS}
export default function ({{ data }}) {{
  load(data.url).catch(() => {{}});
}}
"""

JS = (
    LOADER_JS
    + chart_look.JS
    + chart_table.JS
    + """
const CONFIG = { displayModeBar: false, doubleClick: "reset", responsive: false };

async function inlined(isGone) {
  while (!window.Plotly && !isGone()) await new Promise((wake) => setTimeout(wake, 50));
}

async function draw(box, canvas, data) {
  const { data: traces, layout, look } = themed(data.figure, box, data.larger);
  const revision = data.revision + look;
  if (canvas.revision === revision) return;
  canvas.revision = revision;
  await window.Plotly.react(canvas, traces, layout, CONFIG);
}

function followWidth(canvas) {
  canvas.follower ??= new ResizeObserver(() => {
    const isDrawn = canvas.classList.contains("js-plotly-plot") && canvas.clientWidth > 0;
    if (isDrawn && canvas._fullLayout?.width !== canvas.clientWidth) window.Plotly.Plots.resize(canvas);
  });
  canvas.follower.observe(canvas);
}

export default function ({ parentElement, data, setStateValue }) {
  const box = parentElement.querySelector(".transfer-lab-plot");
  const canvas = box.querySelector(".transfer-lab-canvas");
  box.style.height = `${data.height}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", data.description);
  box.querySelector(".transfer-lab-wait").textContent = data.words.wait;
  canvas.latest = data;
  followTable(box, canvas);
  load(data.url)
    .catch(() => {
      if (data.url && !data.inline) setStateValue("inline", true);
      return inlined(() => !canvas.isConnected);
    })
    .then(() => canvas.isConnected && draw(box, canvas, canvas.latest))
    .then(() => followWidth(canvas));
  return () => {
    canvas.follower?.disconnect();
    if (window.Plotly) window.Plotly.purge(canvas);
  };
}
"""
)

# Inline JavaScript must hold a line break, or Streamlit takes it for a file's path.
INLINE_JS = """export default function () {
  if (window.Plotly) return;
  const script = document.createElement("script");
  script.textContent = %s;
  document.head.appendChild(script).remove();
}"""

_early = st.components.v2.component(
    "transfer_lab_plotly", html=EARLY_HTML, css=EARLY_CSS, js=EARLY_JS, isolate_styles=False
)
_chart = st.components.v2.component("transfer_lab_plot", html=HTML, css=CSS, js=JS, isolate_styles=False)


def fetch_plotly_early() -> None:
    """Have the browser fetch plotly.js while the rest of the page is still being made."""
    _early(key="transfer_lab_plotly.early", data={"url": _plotly_address()})


def plot(figure: dict[str, Any], key: str, height: int, description: str) -> None:
    """Draw ``figure`` (a plain dict of ``data`` and ``layout``), ``height`` pixels high and as wide as its container.

    ``description`` is what a screen reader says of it; the figures themselves are a button away,
    as a table. The same ``key`` updates the same chart.
    """
    address = _plotly_address()
    height = round(height * PROJECTED_HEIGHT) if is_projector() else height
    is_inline = address is None or bool(st.session_state.get(key, {}).get("inline"))
    data = {
        "figure": figure,
        "revision": hashlib.sha1(json.dumps(figure).encode(), usedforsecurity=False).hexdigest(),
        "height": height,
        "description": description,
        "words": chart_table.table_words(),
        "larger": chart_look.PROJECTED if is_projector() else None,
        "url": address,
        "inline": is_inline,
    }
    _chart(key=key, data=data, height=height, on_inline_change=_ignore)
    if is_inline:
        _inline_plotly()(key=f"{key}.plotly_inline")


def _ignore() -> None:
    """Streamlit accepts a state only with a callback; the rerun alone is what is wanted."""


def _plotly_address() -> str | None:
    """Where the server gives out plotly.js, or None where this version of Streamlit cannot be made to."""
    try:
        component = _serve_script()
    except (ImportError, AttributeError, TypeError, ValueError, OSError, StreamlitError) as error:
        # The calls are not public: where another version has them otherwise, a slower chart is better than none.
        _report_once(repr(error))
        return None
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    path = f"_stcore/bidi-components/{component}/{SCRIPT}?v={_checksum()}"
    return f"/{base}/{path}" if base else f"/{path}"


@cache
def _checksum() -> str:
    return str(asset("plotly-basic").files[0]["sha256"])[:16]


@cache
def _report_once(reason: str) -> None:
    log.warning("plotly.js cannot be served as a file and travels inline with every session instead: %s", reason)


def _serve_script() -> str:
    """Have the running server give out the folder the script lies in, once; the name of the component that holds it."""
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
    from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

    manager = get_bidi_component_manager()
    name = "transfer_lab.plotly"
    if manager.get_component_path(name) is None:
        component = ComponentConfig(name="plotly", asset_dir="plotly")
        manifest = ComponentManifest(name="transfer_lab", version=_checksum(), components=[component])
        manager.register_from_manifest(manifest, package_root=ASSETS)
    return name


def _whole_plotly() -> str:
    """The installed package's own script, found without the cost of importing the package."""
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


@cache
def _inline_plotly() -> Any:
    source = json.dumps(_whole_plotly())
    return st.components.v2.component("transfer_lab_plotly_inline", js=INLINE_JS % source.replace("</", "<\\/"))
