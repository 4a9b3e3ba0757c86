"""A chart's figures as a table: a button in the chart's corner lays it over the chart, so that nothing else moves.

The table is made by the browser from the figure it draws, and only while it is open: a live chart costs no more.
"""

from __future__ import annotations

from core.words import say

HTML = """
  <button type="button" class="transfer-lab-open" hidden aria-expanded="false"><span aria-hidden="true"></span></button>
  <div class="transfer-lab-table" role="group" tabindex="0" hidden></div>
"""

CSS = """
.transfer-lab-open { position: absolute; right: 0; bottom: 0; width: 1.6rem; height: 1.6rem; padding: 0; z-index: 2;
  display: flex; align-items: center; justify-content: center; border: 0; border-radius: 4px; cursor: pointer;
  color: var(--st-text-color); background: transparent; }
.transfer-lab-open[hidden] { display: none; }
.transfer-lab-open span { width: 0.9rem; height: 0.75rem; border: 1.5px solid; border-top-width: 4px; opacity: 0.65;
  background: linear-gradient(currentColor, currentColor) center / 1.5px 100% no-repeat,
    linear-gradient(currentColor, currentColor) center / 100% 1.5px no-repeat; }
.transfer-lab-open:is(:hover, :focus-visible, [aria-expanded="true"]) span { opacity: 1; }
.transfer-lab-table { position: absolute; inset: 0; overflow: auto; padding: 0.3rem 0.6rem; z-index: 1;
  color: var(--st-text-color); background: var(--st-background-color); border: 1px solid var(--st-border-color);
  font-family: var(--st-font); font-size: 0.85rem; }
.transfer-lab-table[hidden] { display: none; }
.transfer-lab-table p { margin: 0 0 0.4rem; font-size: inherit; }
.transfer-lab-table table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.transfer-lab-table caption { text-align: left; font-weight: 600; padding-bottom: 0.2rem; }
.transfer-lab-table :is(th, td) { padding: 0.1rem 0.8rem 0.1rem 0; text-align: right; font-weight: 400; }
.transfer-lab-table :is(th:first-child) { text-align: left; max-width: 28rem; }
.transfer-lab-table thead th { font-weight: 600; border-bottom: 1px solid var(--st-border-color);
  vertical-align: bottom; }
"""

JS = r"""
const MOST_ROWS = 60;

function plain(text) {
  const spaced = String(text ?? "").replaceAll("<br>", " ");
  return new DOMParser().parseFromString(spaced, "text/html").body.textContent.trim();
}

function axisOf(layout, trace, letter) {
  return layout[`${letter}axis${String(trace[`${letter}axis`] ?? letter).slice(1)}`] ?? {};
}

function written(value, share) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value !== "number") return plain(value);
  if (share) return `${(100 * value).toFixed(1)} %`;
  return value.toLocaleString("en", { maximumSignificantDigits: Number.isInteger(value) ? 15 : 4 });
}

function isShare(layout, trace, letter) {
  const hover = letter === "y" && /\.\d%\}/.test(trace.hovertemplate ?? "");
  return hover || /%$/.test(axisOf(layout, trace, letter).tickformat ?? "");
}

function thinned(rows) {
  const step = Math.max(1, Math.ceil(rows.length / MOST_ROWS));
  return rows.filter((_, n) => n % step === 0 || n === rows.length - 1);
}

// Horizontal bars: a name and its value, as written beside the bar.
function barRows(layout, traces, words) {
  const rows = traces.flatMap((trace) => trace.y.map((place, n) => {
    const axis = axisOf(layout, trace, "y");
    const name = axis.ticktext?.[axis.tickvals.indexOf(place)] ?? place;
    return [plain(name), plain(trace.text?.[n]) || written(trace.x[n], isShare(layout, trace, "x"))];
  }));
  return { head: [words.what, axisOf(layout, traces[0], "x").title?.text || words.value], rows };
}

// Points with a text each: maps.
function pointRows(layout, traces, words) {
  const rows = traces.filter((trace) => trace.mode !== "lines").flatMap((trace) => trace.x.map((x, n) => {
    const more = typeof trace.customdata?.[n] === "string" ? trace.customdata[n] : "";
    const name = [trace.text?.[n], more].map(plain).filter(Boolean).join(": ");
    return [name || plain(trace.name), plain(trace.name) || "–", written(x), written(trace.y[n])];
  }));
  return { head: [words.what, words.group, words.across, words.up], rows };
}

// Lines and upright bars: what they share stands in the first column. Washes and marks are no figures of their own.
function seriesRows(layout, traces, words) {
  const shown = traces.filter((t) => t.fill !== "toself" && !(t.mode === "markers" && t.showlegend === false));
  const at = new Map();
  shown.forEach((trace, column) => trace.x.forEach((x, n) => {
    if (x === null) return;
    if (!at.has(x)) at.set(x, shown.map(() => "–"));
    const share = isShare(layout, trace, "y"), more = trace.customdata?.[n];
    const range = Array.isArray(more) ? ` (${written(more[0], share)}–${written(more[1], share)})` : "";
    at.get(x)[column] = written(trace.y[n], share) + range;
  }));
  const rows = [...at].sort(([a], [b]) => a - b).map(([x, cells]) => [written(x), ...cells]);
  const titled = Object.entries(layout).filter(([name]) => name.startsWith("xaxis")).map(([, a]) => a.title?.text);
  return { head: [titled.find(Boolean) ?? "x", ...shown.map((t) => plain(t.name) || words.value)], rows };
}

function figures(figure, words) {
  const traces = figure.data.filter((trace) => trace.visible !== false && trace.x?.length);
  if (!traces.length) return { head: [], rows: [] };
  if (traces[0].orientation === "h") return barRows(figure.layout, traces, words);
  const isMap = traces.some((trace) => trace.type === "scatter" && Array.isArray(trace.text));
  return (isMap ? pointRows : seriesRows)(figure.layout, traces, words);
}

function part(name, text, more = {}) {
  return Object.assign(document.createElement(name), { textContent: text, ...more });
}

function row(cells, isHead) {
  const line = document.createElement("tr");
  cells.forEach((cell, n) => line.append(part(isHead || n === 0 ? "th" : "td", cell,
    isHead ? { scope: "col" } : n === 0 ? { scope: "row" } : {})));
  return line;
}

function tabulate(place, data) {
  const { head, rows } = figures(data.figure, data.words), kept = thinned(rows);
  const said = [data.description, ...(data.figure.layout.annotations ?? []).map((note) => plain(note.text))];
  place.replaceChildren(part("p", said.filter(Boolean).join(" · ")));
  if (!rows.length) return place.append(part("p", data.words.nothing));
  if (kept.length < rows.length) {
    place.append(part("p", data.words.thinned.replace("{shown}", kept.length).replace("{total}", rows.length)));
  }
  const table = document.createElement("table"), body = document.createElement("tbody");
  body.append(...kept.map((cells) => row(cells, false)));
  const top = document.createElement("thead");
  top.append(row(head, true));
  table.append(part("caption", data.words.open), top, body);
  place.append(table);
}

function followTable(box, canvas) {
  const button = box.querySelector(".transfer-lab-open"), place = box.querySelector(".transfer-lab-table");
  const data = canvas.latest;
  const set = (isOpen) => {
    button.setAttribute("aria-expanded", String(isOpen));
    button.title = isOpen ? canvas.latest.words.close : canvas.latest.words.open;
    button.setAttribute("aria-label", button.title);
    place.hidden = !isOpen;
    if (isOpen) tabulate(place, canvas.latest);
  };
  button.hidden = false;
  place.setAttribute("aria-label", data.words.open);
  button.onclick = () => { set(place.hidden); if (!place.hidden) place.focus(); };
  box.onkeydown = (event) => { if (event.key === "Escape" && !place.hidden) { set(false); button.focus(); } };
  if (place.hidden || place.shows !== data.revision) set(!place.hidden);
  place.shows = data.revision;
}
"""


def table_words() -> dict[str, str]:
    """What the table and its button say, in the reader's language."""
    return {
        "wait": say("The chart is loading."),
        "open": say("Figures as a table"),
        "close": say("Back to the chart"),
        "nothing": say("There are no figures yet."),
        # The browser fills these in: it alone counts the rows.
        "thinned": say("{shown} of {total} rows are shown.", shown="{shown}", total="{total}"),
        "what": say("what"),
        "group": say("group"),
        "value": say("value"),
        "across": say("across"),
        "up": say("up"),
    }
