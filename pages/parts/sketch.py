"""A field on which a curve is drawn with mouse, finger or pen. It shows the points it is given, and tells new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.charts.palette import EXPECTED
from core.words import say

HEIGHT = 216

HTML = """
<svg class="transfer-lab-sketch" role="img">
  <g class="axes"></g>
  <polyline class="line"></polyline>
  <circle class="dot" r="3.5"></circle>
  <text class="hint" x="52%" y="60%" text-anchor="middle"></text>
</svg>
"""

# `touch-action: none` keeps a finger's stroke from scrolling the page.
CSS = """
.transfer-lab-sketch { display: block; width: 100%; height: 210px; touch-action: none; cursor: crosshair;
  user-select: none; background: var(--st-secondary-background-color); border-radius: 6px; }
.transfer-lab-sketch text { fill: var(--st-text-color); font: 11px var(--st-font); }
.transfer-lab-sketch .hint { opacity: 0.6; font-size: 13px; }
.transfer-lab-sketch .axes line { stroke: var(--st-text-color); opacity: 0.35; }
.transfer-lab-sketch .axes .guess { stroke-dasharray: 2 4; }
.transfer-lab-sketch .line { fill: none; stroke-width: 2.5; stroke-dasharray: 2 5; stroke-linecap: round; }
"""

# A stroke overwrites only the epochs it crosses, so that a line can be mended. While the pointer is down, what the
# server sends is not drawn: it would be older than the hand.
JS = """
const HEIGHT = 210, LEFT = 36, RIGHT = 12, TOP = 10, BOTTOM = 28;
const SVG = "http://www.w3.org/2000/svg";

function scales(pad, { epochs, top }) {
  const wide = Math.max(1, pad.clientWidth - LEFT - RIGHT), high = HEIGHT - TOP - BOTTOM;
  const last = epochs[epochs.length - 1];
  return {
    x: (epoch) => LEFT + (wide * (epoch - 1)) / Math.max(1, last - 1),
    y: (loss) => TOP + high * (1 - loss / top),
    epoch: (x) => 1 + ((x - LEFT) / wide) * (last - 1),
    loss: (y) => Math.min(top, Math.max(0, top * (1 - (y - TOP) / high))),
  };
}

function add(parent, name, attributes, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  parent.appendChild(node);
}

function drawAxes(pad, data, at) {
  const axes = pad.querySelector(".axes"), last = data.epochs[data.epochs.length - 1];
  const bottom = at.y(0), right = pad.clientWidth - RIGHT, guess = at.y(data.guess);
  axes.replaceChildren();
  add(axes, "line", { x1: LEFT, x2: right, y1: bottom, y2: bottom });
  add(axes, "line", { x1: LEFT, x2: LEFT, y1: TOP, y2: bottom });
  add(axes, "line", { x1: LEFT, x2: right, y1: guess, y2: guess, class: "guess" });
  add(axes, "text", { x: right, y: guess - 4, "text-anchor": "end" }, data.guessed);
  add(axes, "text", { x: LEFT - 5, y: bottom, "text-anchor": "end" }, "0");
  add(axes, "text", { x: LEFT - 5, y: TOP + 9, "text-anchor": "end" }, data.top.toFixed(1));
  add(axes, "text", { x: LEFT, y: HEIGHT - 10 }, data.first);
  add(axes, "text", { x: right, y: HEIGHT - 10, "text-anchor": "end" }, `${last}`);
}

function drawLine(pad, at) {
  const points = [...pad.points].sort((a, b) => a[0] - b[0]);
  pad.querySelector(".line").setAttribute("points", points.map(([e, l]) => `${at.x(e)},${at.y(l)}`).join(" "));
  const dot = pad.querySelector(".dot"), [epoch, loss] = points[points.length - 1] ?? [1, 0];
  dot.setAttribute("cx", at.x(epoch));
  dot.setAttribute("cy", at.y(loss));
  dot.style.display = points.length ? "" : "none";
  pad.querySelector(".hint").style.display = points.length ? "none" : "";
  return points;
}

function spot(pad, event) {
  const box = pad.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function stroke(pad, from, to, data, at) {
  const low = Math.min(at.epoch(from.x), at.epoch(to.x)), high = Math.max(at.epoch(from.x), at.epoch(to.x));
  const half = (data.epochs[1] - data.epochs[0] || 1) / 2;
  for (const epoch of data.epochs) {
    if (epoch < low - half || epoch > high + half) continue;
    const share = to.x === from.x ? 1 : Math.min(1, Math.max(0, (at.x(epoch) - from.x) / (to.x - from.x)));
    pad.points.set(epoch, Math.round(1e4 * at.loss(from.y + share * (to.y - from.y))) / 1e4);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const pad = parentElement.querySelector(".transfer-lab-sketch");
  pad.setAttribute("aria-label", data.description);
  pad.querySelector(".hint").textContent = data.hint;
  pad.querySelector(".line").style.stroke = pad.querySelector(".dot").style.fill = data.color;
  let at = scales(pad, data);
  const draw = () => {
    at = scales(pad, data);
    drawAxes(pad, data, at);
    drawLine(pad, at);
  };
  if (!pad.isDrawing) pad.points = new Map(data.points);
  const follower = new ResizeObserver(draw);
  follower.observe(pad);  // begins with a first call
  pad.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    pad.isDrawing = true;
    pad.last = spot(pad, event);
    stroke(pad, pad.last, pad.last, data, at);
    drawLine(pad, at);
  };
  pad.onpointermove = (event) => {
    if (!pad.isDrawing) return;
    for (const step of event.getCoalescedEvents?.() ?? []) follow(step);
    follow(event);
    drawLine(pad, at);
  };
  const follow = (event) => {
    const now = spot(pad, event);
    stroke(pad, pad.last, now, data, at);
    pad.last = now;
  };
  pad.onpointerup = pad.onpointercancel = () => {
    if (!pad.isDrawing) return;
    pad.isDrawing = false;
    setTriggerValue("stroke", drawLine(pad, at));
  };
  return () => follower.disconnect();
}
"""

_pad = st.components.v2.component("transfer_lab_sketch", html=HTML, css=CSS, js=JS, isolate_styles=False)


def draw_sketch(
    key: str,
    epochs: Sequence[int],
    guess: float,
    points: Sequence[tuple[int, float]],
    on_stroke: Callable[[], None],
) -> None:
    """The field over some ``epochs``, losses from 0 to one and a half times a guesser's, with ``points`` on it.

    After each stroke ``on_stroke`` is called; `stroke_of` then has all points, as the browser sent them.
    """
    data = {
        "epochs": list(epochs),
        "guess": guess,
        "top": 1.5 * guess,
        "points": [list(point) for point in points],
        "color": EXPECTED,
        "guessed": say("a guess: {loss:.2f}", loss=guess),
        "first": say("epoch 1"),
        "hint": say("draw here, from left to right"),
        "description": _described(points),
    }
    _pad(key=key, data=data, height=HEIGHT, on_stroke_change=on_stroke)


def _described(points: Sequence[tuple[int, float]]) -> str:
    """What a screen reader says of the field."""
    if not points:
        return say("A field to draw the expected loss on. Nothing is drawn yet. Without a pointer, pick a shape above.")
    epoch, loss = points[-1]
    return say(
        "A field to draw the expected loss on. The line ends at epoch {epoch} with {loss:.2f}. Without a pointer, pick "
        "a shape above.",
        epoch=epoch,
        loss=loss,
    )


def stroke_of(key: str) -> Any:
    """What the browser sent with the last stroke: untrusted."""
    return st.session_state.get(key, {}).get("stroke")
