"""How every chart is made to suit the reader: the page's theme, colours that stand out from it, and for a projector
larger text and thicker lines."""

from __future__ import annotations

import json

from core.charts.palette import ON_DARK, ON_LIGHT

PROJECTED = {"text": 1.45, "line": 1.8, "marker": 1.5, "margin": 1.35}
"""By how much a projector's charts are larger, part by part."""

JS = (
    f"const INKS = {json.dumps({'light': ON_LIGHT, 'dark': ON_DARK})};\n"
    + r"""
const ONE = { text: 1, line: 1, marker: 1, margin: 1 };

function isDark(paper) {
  const [red, green, blue] = rgb(paper) ?? [255, 255, 255];
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

function rgb(color) {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (hex) return hex.slice(1).map((part) => parseInt(part, 16));
  const parts = /^rgba?\(([^)]*)\)$/.exec(color);
  return parts ? parts[1].split(",").slice(0, 3).map(Number) : null;
}

// A colour of the palette as it is drawn on this paper; how much it lets through stays.
function inked(color, inks) {
  if (Array.isArray(color)) return color.map((one) => inked(one, inks));
  const parts = typeof color === "string" ? rgb(color) : null;
  const ink = parts && inks["#" + parts.map((p) => p.toString(16).padStart(2, "0")).join("").toUpperCase()];
  if (!ink) return color;
  const through = /^rgba\((?:[^,]*,){3}([^)]*)\)$/.exec(color);
  return through ? `rgba(${rgb(ink).join(", ")}, ${through[1].trim()})` : ink;
}

function times(value, factor) {
  if (Array.isArray(value)) return value.map((one) => times(one, factor));
  return typeof value === "number" ? value * factor : value;
}

function suit(node, inks, by, parent = "") {
  for (const [name, value] of Object.entries(node)) {
    if (/color$/i.test(name)) node[name] = inked(value, inks);
    else if (name === "size" && parent === "marker") node[name] = times(value, by.marker);
    else if (name === "size" && /font$/i.test(parent)) node[name] = times(value, by.text);
    else if (name === "width" && parent === "line") node[name] = times(value, by.line);
    else if (/^[xy]shift$/.test(name)) node[name] = times(value, by.text);
    else if (parent === "margin") node[name] = times(value, by.margin);
    else if (Array.isArray(value) ? typeof value[0] === "object" && value[0] : value && typeof value === "object") {
      if (Array.isArray(value)) value.forEach((one) => one && typeof one === "object" && suit(one, inks, by, name));
      else suit(value, inks, by, name);
    }
  }
}

function themed(figure, root, larger) {
  const style = getComputedStyle(root);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const text = read("--st-text-color", "#31333f"), paper = read("--st-background-color", "#ffffff");
  const line = read("--st-border-color", "#d5d6db"), by = larger ?? ONE;
  const font = { color: text, family: read("--st-font", "sans-serif"), size: 12 * by.text };
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, tickcolor: line };
  const look = {
    font, xaxis: axis, yaxis: axis, annotationdefaults: { bgcolor: paper, opacity: 0.9 },
    hoverlabel: { bgcolor: paper, bordercolor: line, font },
  };
  const layout = structuredClone(figure.layout), data = structuredClone(figure.data);
  const inks = isDark(paper) ? INKS.dark : INKS.light;
  for (const one of [...data, layout]) suit(one, inks, by);
  layout.template = { layout: look };
  return { data, layout, look: JSON.stringify(look) };
}
"""
)
