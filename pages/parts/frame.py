"""What stands around every page: width, links, and a little style. Streamlit's own page list is switched off: on a
first visit straight to a page it would show raw file names."""

from __future__ import annotations

import streamlit as st

from core.words import mark, say
from pages.parts.flag import is_flagged
from pages.parts.language import begin_language, draw_language
from pages.parts.view import begin_view, draw_leave, draw_view

PAGES = (
    ("app.py", mark("Home"), ":material/home:"),
    ("pages/iris.py", mark("Iris extension"), ":material/local_florist:"),
    ("pages/imdb.py", mark("IMDB reviews"), ":material/reviews:"),
    ("pages/cats_dogs.py", mark("Cats and dogs"), ":material/pets:"),
    ("pages/glove.py", mark("GloVe sentences"), ":material/dictionary:"),
    ("pages/lessons.py", mark("Lessons"), ":material/school:"),
    ("pages/compare.py", mark("Run book"), ":material/menu_book:"),
    ("pages/library.py", mark("Library"), ":material/inventory_2:"),
)

# A picture of our own: a material icon for the browser's tab would be fetched from outside.
MARK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0072B2"/>
<path d="M5 8c5 12 12 15 22 17" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
<path d="M5 8c4 9 10 12 14 11s6-4 8-8" fill="none" stroke="#E69F00" stroke-width="3" stroke-dasharray="4 3"
stroke-linecap="round"/></svg>"""

# `light-dark` goes by the page's theme; a browser that does not know it keeps the line above.
STYLE = """<style>
.stApp { --lab-up: #009E73; --lab-down: #CC79A7; --lab-up-text: inherit; --lab-down-text: inherit;
  --lab-chosen: inherit; --lab-on-primary: #fff; --lab-focus: #2F94D8; }
@supports (color: light-dark(#000, #fff)) {
  .stApp { --lab-up: light-dark(#009470, #2CCB9C); --lab-down: light-dark(#C25E9B, #E0A0C4);
    --lab-up-text: light-dark(#007A5C, #2CCB9C); --lab-down-text: light-dark(#A8447F, #E0A0C4);
    --lab-chosen: light-dark(#005788, #82CCF5); --lab-on-primary: light-dark(#fff, #0b0f14);
    --lab-focus: light-dark(#0067A3, #82CCF5); }
}
:not(input, textarea, canvas):focus-visible, label:has(:focus-visible),
[data-rac][data-focus-visible="true"] {
  outline: 3px solid var(--lab-focus) !important; outline-offset: 2px; border-radius: 4px; }
[data-testid="stCaptionContainer"] { opacity: 0.87 !important; }
button[data-selected="true"] :is(p, span) { color: var(--lab-chosen); }
button[kind="primary"]:not(:disabled, :hover, :active) :is(p, span) { color: var(--lab-on-primary); }
[data-testid="stMainBlockContainer"] { padding: 1.6rem 2rem 3rem; max-width: 1500px; }
[data-testid="stMainBlockContainer"] > div > [data-testid="stVerticalBlock"] { gap: 0.7rem; }
[data-testid="stSidebarHeader"] { height: 2.2rem; padding-bottom: 0; margin-bottom: 0; }
[data-testid="stSidebarUserContent"] { padding-top: 0; padding-bottom: 1.5rem; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.55rem; }
[data-testid="stSidebar"] hr { margin: 0.4rem 0; }
[data-testid="stPageLink"] a { padding: 0.1rem 0.4rem; }
[data-testid="stMain"] [data-testid="stButton"] button, [data-testid="stMain"] [data-testid="stPopover"] button {
  padding: 0.2rem 0.6rem; min-height: 2.2rem; }
h1 { font-size: 1.7rem !important; padding: 0 0 0.1rem !important; }
[data-testid="stMain"] h2 { font-size: 1.6rem; }
[data-testid="stMain"] h3 { font-size: 1.4rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 3.4rem 1rem 3rem; }
  button[data-variant="segmented_control"] {
    border-right: 1px solid rgba(128,128,128,0.5) !important; border-radius: 4px; }
  .stMarkdownBadge { white-space: normal !important; }
}
.st-key-lab-lesson { gap: 0.5rem; padding: 0.7rem 1rem 0.9rem; }
.st-key-lab-lesson p { max-width: 46rem; }
.lab-readout { display: flex; gap: 1rem; margin-left: 0.5rem; flex-wrap: wrap; align-items: flex-end; }
.lab-readout div { line-height: 1.15; }
.lab-readout span { display: block; font-size: 0.75rem; opacity: 0.85; }
.lab-readout b { font-size: 1.05rem; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.st-key-lab-stack { gap: 0.5rem; }
.st-key-lab-stack [data-testid="stVerticalBlock"] { gap: 0.15rem; }
.st-key-lab-stack [data-testid="stCheckbox"] p { font-size: 0.85rem; }
.st-key-lab-stack [class*="st-key-lab-card"] { padding: 0.5rem 0.8rem 0.7rem; }
.lab-layer { line-height: 1.25; }
.lab-layer small { opacity: 0.8; }
.lab-share { height: 6px; border-radius: 3px; background: rgba(128,128,128,0.2); margin-top: 0.3rem; }
.lab-share i { display: block; height: 6px; border-radius: 3px; min-width: 3px; }
.lab-strip { display: flex; gap: 2px; height: 14px; }
.lab-strip i { flex: 1; border-radius: 2px; }
.lab-strip .lab-learns { background: var(--lab-up); }
.lab-strip .lab-still { background: repeating-linear-gradient(135deg, #808080 0 2px, rgba(128,128,128,0.35) 2px 5px); }
.lab-ends { display: flex; justify-content: space-between; line-height: 1.2; opacity: 0.8; }
.st-key-lab-stack [data-testid="stExpanderDetails"] { padding: 0.5rem 0.6rem 0.7rem; }
.st-key-lab-blocks { gap: 0.35rem; }
.st-key-lab-blocks .lab-layer b { font-size: 0.9rem; }
.st-key-lab-blocks .lab-layer small { font-size: 0.75rem; }
.st-key-lab-blocks .lab-share, .st-key-lab-blocks .lab-share i { height: 4px; }
.st-key-lab-blocks [data-testid="stHorizontalBlock"] { justify-content: space-between; }
.lab-plain { padding: 0.1rem 0; }
.lab-pictures { display: flex; flex-wrap: wrap; gap: 0.7rem; }
.lab-pictures figure { margin: 0; line-height: 1.25; }
.lab-pictures img { display: block; width: 100%; border-radius: 4px; }
.lab-pictures figcaption { font-size: 0.8rem; margin-top: 0.2rem; }
.lab-large figure { width: calc(50% - 0.35rem); max-width: 224px; }
.lab-small figure { width: 112px; }
.lab-shots { gap: 0.3rem; }
.lab-shots figure { width: 64px; }
.lab-shots img { height: 64px; object-fit: cover; }
.lab-figures.lab-own table { width: auto; }
.lab-left-out { margin: 0; padding-left: 1.2rem; font-size: 0.85rem; overflow-wrap: anywhere; }
.lab-maps { gap: 0.4rem; }
.lab-maps figure { width: 84px; }
.lab-maps img { image-rendering: pixelated; }
.lab-versions { display: grid; grid-template-columns: repeat(8, minmax(0, 112px)); }
.lab-versions figure:first-child { grid-area: span 2 / span 2; }
@media (max-width: 640px) {
  .lab-versions { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .lab-maps figure { width: calc(33.3% - 0.3rem); }
}
.lab-figures { overflow-x: auto; }
.lab-figures table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.85rem; width: 100%; }
.lab-figures th, .lab-figures td { padding: 0.2rem 0.6rem; border-bottom: 1px solid rgba(128,128,128,0.3);
  text-align: right; white-space: nowrap; font-weight: 400; }
.lab-figures thead th { opacity: 0.85; }
.lab-figures tbody th { text-align: left; font-weight: 600; }
.lab-names .lab-layer { margin-bottom: 0.5rem; }
.lab-table { border-collapse: collapse; }
.lab-table th, .lab-table td { padding: 0.3rem 0.7rem; border: 1px solid rgba(128,128,128,0.35); text-align: right; }
.lab-table th { font-weight: 500; font-size: 0.85rem; }
.lab-table td { font-size: 1.1rem; font-variant-numeric: tabular-nums; }
.lab-table .lab-wrong { text-decoration: underline; text-decoration-color: #D55E00; text-underline-offset: 3px; }
.lab-replay { width: 100%; }
.lab-replay th, .lab-replay td { padding: 0.25rem 0.4rem; font-size: 0.85rem; }
.lab-words { line-height: 2; overflow-wrap: anywhere; }
.lab-words u { text-decoration: none; border-bottom: 2px dotted #D55E00; opacity: 0.85; }
.lab-weighed { line-height: 1.3; max-height: 26rem; overflow-y: auto; --room: 1.05rem; }
.lab-weighed.lab-many { font-size: 0.85rem; --room: 0.8rem; }
.lab-word { display: inline-block; position: relative; max-width: 100%; min-width: 0.8rem; vertical-align: top;
  text-align: center; unicode-bidi: isolate; padding-bottom: calc(2 * var(--room) + 0.35rem); }
.lab-word::after { content: ""; position: absolute; left: -0.13rem; right: -0.13rem; bottom: calc(var(--room) + 0.2rem);
  border-top: 1px solid rgba(128,128,128,0.65); }
.lab-word::before { position: absolute; left: 0; right: 0; height: calc(var(--share) * var(--room)); }
.lab-word.lab-up::before { content: ""; bottom: calc(var(--room) + 0.2rem); background: var(--lab-up); }
.lab-word.lab-down::before { content: ""; top: calc(100% - var(--room) - 0.2rem); background: var(--lab-down); }
.lab-key { line-height: 1.5; }
.lab-key p { margin: 0 0 0.4rem; }
.lab-key small { font-size: 0.85rem; }
.lab-key b { font-size: 1.1em; }
.lab-key b.lab-up { color: var(--lab-up-text); }
.lab-key b.lab-down { color: var(--lab-down-text); }
.lab-quote { font-size: 0.9rem; line-height: 1.4; overflow-wrap: anywhere; }
.lab-quote summary { cursor: pointer; }
.lab-quote[open] summary { opacity: 0.85; }
.lab-quote[open] summary span { display: none; }
</style>"""


def begin(title: str) -> None:
    """Begin a page with its title and the style.

    A page calls this before it imports anything heavy: in a server's first session the imports take half a second, and
    so long there would be nothing to see.
    """
    begin_language()
    begin_view()
    said = say(title)
    whole = said if title == "Transfer Lab" else f"{said} · Transfer Lab"
    st.set_page_config(page_title=whole, page_icon=MARK, layout="wide")
    st.title(said, anchor=False)
    st.html(STYLE)
    draw_leave()
    with st.sidebar:
        for page, label, icon in PAGES:
            st.page_link(page, label=say(label), icon=icon)
        if is_flagged():
            st.page_link("pages/teach.py", label=say("Teach"), icon=":material/co_present:")
        draw_language()
        draw_view()
