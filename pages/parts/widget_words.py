"""Streamlit's own English inside its widgets, for which it has no parameter: where another language is read, the
browser puts that language's words in its place, and the English back when English is read again."""

from __future__ import annotations

import streamlit as st

from core.words import ENGLISH, language, mark, say

WORDS = {
    '[data-testid="stFileUploader"]': (
        mark("Upload"),
        mark("Upload directories"),
        mark("Drag and drop a file here"),
        mark("Drag and drop files here"),
        mark("Drag and drop directories here"),
        mark("{size} per file"),
        mark("Add files"),
        mark("Remove {name}"),
        mark("Cancel upload of {name}"),
        mark("file upload"),
    ),
    '[data-testid="stFileUploader"], [data-testid="stTooltipContent"], [data-testid="stTooltipErrorContent"]': (
        mark("File must be {size} or smaller."),
        mark("{kind} files are not allowed."),
        mark("Only one file is allowed."),
        mark("Unexpected error. Please try again."),
        mark("Upload failed"),
        mark("Error:"),
    ),
    '[data-testid="stCameraInput"]': (
        mark("This app would like to use your camera."),
        mark("Learn how to allow access."),
        mark("Take Photo"),
        mark("Clear photo"),
        mark("Switch camera"),
        mark("Uploading..."),
    ),
    '[data-testid="stTooltipIcon"], [data-testid="stWidgetLabel"]': (mark("Help for {label}"),),
    '[data-testid="InputInstructions"]': (mark("Press Enter to apply"), mark("Press {key}+Enter to apply")),
    '[data-testid="stNumberInput"], [data-testid="stTooltipContent"], [data-testid="stTooltipErrorContent"]': (
        mark("Number is above the allowed range."),
        mark("Number is below the allowed range."),
        mark("Invalid data type"),
        mark("Increment"),
        mark("Decrement"),
        mark("Clear value"),
    ),
    '[data-testid="stSelectbox"], [data-testid="stSelectboxVirtualDropdown"], [data-testid="stMultiSelect"]': (
        mark("Choose an option"),
        mark("No results"),
        mark("Open"),
        mark("Clear value"),
    ),
    '[data-testid="stElementToolbar"], [data-testid="stTooltipContent"]': (
        mark("Fullscreen"),
        mark("Close fullscreen"),
        mark("Download as CSV"),
        mark("Search"),
        mark("Show/hide columns"),
        mark("Add row"),
        mark("Delete row(s)"),
        mark("Clear selection"),
    ),
    '[data-testid^="stDataFrameColumn"]': (
        mark("Sort ascending"),
        mark("Sort descending"),
        mark("Statistics"),
        mark("Format"),
        mark("Autosize"),
        mark("Pin column"),
        mark("Unpin column"),
        mark("Hide column"),
        mark("Copy column name"),
        mark("Select all"),
        mark("Automatic"),
        mark("Localized"),
        mark("Plain"),
        mark("Compact"),
        mark("Dollar"),
        mark("Euro"),
        mark("Yen"),
        mark("Percent"),
        mark("Scientific"),
        mark("Accounting"),
        mark("Values"),
        mark("Empty"),
        mark("Distinct"),
        mark("Average"),
        mark("Median"),
        mark("Sum"),
        mark("Minimum"),
        mark("Maximum"),
        mark("Range"),
        mark("Standard deviation"),
        mark("Average length"),
        mark("Minimum length"),
        mark("Maximum length"),
    ),
    ".gdg-search-bar": (mark("Type to search"), mark("Previous Result"), mark("Next Result"), mark("Close Search")),
    '[data-testid="stTabs"]': (mark("Scroll tabs left"), mark("Scroll tabs right")),
    '[data-testid="stDialog"]': (mark("Close"),),
    '[data-testid="stSidebar"], [data-testid="stHeader"]': (
        mark("Collapse sidebar"),
        mark("Expand sidebar"),
        mark("Sidebar"),
        mark("Stop"),
        mark("Running..."),
    ),
}
"""By where it may stand: elsewhere the same words are somebody's own."""

HTML = '<span class="transfer-lab-words" hidden></span>'
CSS = """
[data-testid="stElementContainer"]:has(.transfer-lab-words) {
  display: none;
}
"""

# A text node's value is changed in place, which React allows: it writes there again when its own text changes. All of a
# page's roots are gone through once before each painting in which anything changed; there are some dozens.
JS = r"""
const NAMED = ["aria-label", "title", "placeholder"];

function compiled(words) {
  const escaped = (text) => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return Object.entries(words).map(([selector, pairs]) => [selector, Object.entries(pairs).map(([from, to]) => {
    const names = [...from.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
    const pattern = new RegExp(`^${escaped(from).replace(/\{\w+\}/g, "(.+)")}$`, "s");
    return (text) => {
      const found = text.trim().match(pattern);
      return found && to.replace(/\{(\w+)\}/g, (whole, name) => found[names.indexOf(name) + 1] ?? whole);
    };
  })]);
}

function first(pairs, text) {
  for (const pair of pairs) {
    const said = pair(text);
    if (said) return said;
  }
  return null;
}

function* places(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = root; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) yield [node, "", node.nodeValue];
    else for (const name of NAMED) if (node.hasAttribute(name)) yield [node, name, node.getAttribute(name)];
  }
}

function write(node, name, text) {
  if (name) node.setAttribute(name, text);
  else node.nodeValue = text;
}

function translate(groups, changed) {
  for (const [selector, pairs] of groups) {
    for (const root of document.querySelectorAll(selector)) {
      for (const [node, name, text] of places(root)) {
        const said = text && first(pairs, text);
        if (!said || said === text) continue;
        const kept = changed.get(node) ?? {};
        kept[name] = { english: text, said };
        changed.set(node, kept);
        write(node, name, said);
      }
    }
  }
}

function restore(groups, changed) {
  for (const [selector] of groups) {
    for (const root of document.querySelectorAll(selector)) {
      for (const [node, name, text] of places(root)) {
        const kept = changed.get(node)?.[name];
        if (kept && kept.said === text) write(node, name, kept.english);
      }
    }
  }
}

export default function ({ data }) {
  window.transferLabWords?.();
  const groups = compiled(data.words), changed = new WeakMap();
  let waiting = 0;
  const pass = () => {
    waiting = 0;
    translate(groups, changed);
  };
  const watcher = new MutationObserver(() => (waiting ||= requestAnimationFrame(pass)));
  watcher.observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: NAMED });
  pass();
  const stop = () => {
    watcher.disconnect();
    cancelAnimationFrame(waiting);
    restore(groups, changed);
    if (window.transferLabWords === stop) delete window.transferLabWords;
  };
  window.transferLabWords = stop;
  return stop;
}
"""

_words = st.components.v2.component("transfer_lab_words", html=HTML, css=CSS, js=JS, isolate_styles=False)


def translate_widgets() -> None:
    """Have the browser say Streamlit's own words in the language read; in English they stay."""
    code = language()
    if code == ENGLISH:
        return
    words = {where: {text: say(text) for text in texts} for where, texts in WORDS.items()}
    _words(key=f"transfer_lab_words.{code}", data={"words": words})
