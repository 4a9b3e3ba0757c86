"""The word lab: one word and its neighbours, sums of words, a map, and what a run did to its words. What it draws are a
worker's answers; all words in them are strangers' text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from core import scenarios
from core.charts.words import analogy_figure, moves_figure, neighbours_figure, word_figure, words_map_figure
from core.insight.word_lab import FEWEST_ON_MAP, GROUPS
from core.scenarios.glove import ENCODER
from core.spec import RunSpec
from pages.parts.asking import when_answered
from pages.parts.bench import Bench
from pages.parts.plot import plot

Answer = dict[str, Any]

SECTIONS = ("One word", "Arithmetic", "Map", "Before and after")
WORDS = ("paris", "good", "seven", "film", "cat")
FORMULAS = (
    "king - man + woman",
    "paris - france + italy",
    "walking - walk + swim",
    "better - good + bad",
    "actor - man + woman",
    "berlin - germany + japan",
)
"""Ready to press; all come out as one would hope."""
PAIRS = (("good", "bad"),)
NUMBERS_HEIGHT, NEAR_HEIGHT, STEP_HEIGHT, MAP_HEIGHT = 210, 330, 90, 460
LONGEST_MAP = 1_500
MOST_LISTED = 10


def draw_word_lab(bench: Bench) -> None:
    """The open section of the lab."""
    form = bench.form
    if form.get("lab") is None:
        form.put("lab", SECTIONS[0])
    section = st.segmented_control(
        "Word lab", SECTIONS, key=form.key("lab"), required=True, label_visibility="collapsed", persist_state="session"
    )
    if _spec(bench).source == ENCODER:
        st.caption("The sentence encoder has no vectors of single words: these are GloVe's.")
    sections = (_one_word, _arithmetic, _map, _before_and_after)
    sections[SECTIONS.index(str(section))](bench)


def _one_word(bench: Bench) -> None:
    """A word's numbers and its nearest words; each of them can be gone to."""
    given = _field(bench, "word", "A word", WORDS[0], WORDS, 60)
    if given:
        _ask(bench, {"about": "neighbours", "word": given}, lambda near: _near(bench, given, near))


def _near(bench: Bench, given: str, answer: Answer) -> None:
    if not answer["known"]:
        _spellings(bench, "word", answer)
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _ask(bench, {"about": "word", "word": given}, _numbers)
    with right:
        word = answer["word"]
        if answer.get("blank"):
            st.info(f"The numbers of {_plain(word)} are all 0: it points nowhere, and nothing is near it.")
            return
        st.markdown(f"**Nearest to {_plain(word)}**")
        plot(neighbours_figure(answer["neighbours"]), "glove.near", NEAR_HEIGHT, f"The words nearest to {word}.")
        with st.container(horizontal=True, gap="xsmall"):
            for near in answer["neighbours"]:
                _goto(bench, "word", near["word"])


def _numbers(answer: Answer) -> None:
    read = f" (read as {_plain(answer['word'])})" if answer["changed"] else ""
    st.markdown(f"**The {len(answer['numbers'])} numbers of {_plain(answer['given'])}**{read}")
    plot(word_figure([(answer["word"], answer["numbers"])]), "glove.numbers", NUMBERS_HEIGHT, "The numbers of a word.")
    st.caption(
        f"Word {answer['rank']:,} of {answer['of']:,} by how common it is. Its length: {answer['length']:.2f}. "
        "No single number means anything: only the direction does, and near means a small angle (a high cosine)."
    )


def _arithmetic(bench: Bench) -> None:
    """A sum of words, step by step, and the words nearest to it."""
    given = _field(bench, "formula", "A formula", FORMULAS[0], FORMULAS, 400)
    if given:
        _ask(bench, {"about": "formula", "text": given}, lambda answer: _sum(bench, answer))


def _sum(bench: Bench, answer: Answer) -> None:
    if not answer["known"]:
        for term in _once(term for term in answer["terms"] if not term["known"]):
            _spellings(bench, "formula", term, whole=str(bench.form.get("formula")))
        return
    if answer["blank"]:
        st.info(f"{_plain(answer['formula'])} adds up to nothing: no word is near it.")
        return
    st.markdown(sum_sentence(answer))
    left, right = st.columns([7, 5], gap="medium")
    with left:
        height = STEP_HEIGHT * (len(answer["steps"]) + 1)
        plot(analogy_figure(answer), "glove.sum", height, f"{answer['formula']}, step by step.")
    with right:
        st.markdown("**Nearest to the sum**")
        plot(neighbours_figure(answer["answers"]), "glove.answers", NEAR_HEIGHT, "The words nearest to the sum.")
        st.caption("Numbers are added one by one, as they are. Near is by cosine, the words of the formula left out.")


def sum_sentence(answer: Mapping[str, Any]) -> str:
    """What a sum of words comes to, as markdown."""
    best, closest = answer["answers"][0], answer["closest"]
    sentence = f"### {_plain(answer['formula'])} ≈ {_plain(best['word'])}\n\nCosine {best['cosine']:.2f}."
    if closest and closest["word"] != best["word"]:
        sentence += (
            f" The words of the formula are left out, as is usual: with them the nearest would be "
            f"**{_plain(closest['word'])}** ({closest['cosine']:.2f})."
        )
    return sentence


def _map(bench: Bench) -> None:
    """Chosen words on a plane."""
    form = bench.form
    if form.get("map") is None:
        form.put("map", " ".join(GROUPS["Countries and capitals"]))
    _group_buttons(bench, "map")
    text = st.text_area(
        "Words on the map", key=form.key("map"), height=80, max_chars=LONGEST_MAP, persist_state="session"
    )
    words = split_words(text)
    if words:
        _ask(bench, {"about": "words_map", "words": words}, lambda answer: _mapped(bench, answer))


def _mapped(bench: Bench, answer: Answer) -> None:
    for missing in _once(answer["unknown"]):
        if missing["spellings"]:
            _spellings(bench, "map", missing, whole=str(bench.form.get("map")))
        else:
            st.caption(f"{_plain(missing['word'])} has no vector here.")
    if answer["words"]:
        plot(words_map_figure(answer, _groups(answer["words"])), "glove.words_map", MAP_HEIGHT, "Words on a plane.")
        st.caption(
            f"The plane that keeps most of these words' spread (principal components): {answer['share']:.0%} of it. "
            "The rest is not seen here, so words that look near may be far apart."
        )


def _before_and_after(bench: Bench) -> None:
    """What the last finished run did to its words."""
    run = bench.trained
    if run is None:
        st.info(
            "Train a run with the embedding trainable: then the words that moved stand here, where *good* and *bad* "
            "went, and who their neighbours were and are.",
            icon=":material/moving:",
        )
        return
    if run.spec.source == ENCODER:
        st.info("The sentence encoder reads whole sentences: there are no words whose vectors could move.")
        return
    _ask(bench, {"about": "moved"}, lambda answer: _moved(bench, answer))


def _moved(bench: Bench, answer: Answer) -> None:
    if answer["unmoved"]:
        st.markdown(
            ":material/lock: **No word moved**: the embedding was frozen, so every distance is exactly 0. Switch "
            "*embedding* to trainable and train again to see words move."
        )
        return
    moved = f"**{answer['changed']:,}** of {answer['of']:,} words moved"
    if answer["moved"]:
        st.markdown(
            f"{moved}. Of the {answer['compared']:,} that the run has read at least {answer['least']} times, these "
            "moved farthest:"
        )
    else:
        st.markdown(f"{moved}, but none that the run has read at least {answer['least']} times.")
    left, right = st.columns([5, 7], gap="medium")
    with left:
        if answer["moved"]:
            _table(answer["moved"][:MOST_LISTED])
        for first, second in PAIRS:
            _ask(bench, {"about": "pair_moved", "first": first, "second": second}, _pair)
    with right:
        words = [row["word"] for row in answer["moved"][:MOST_LISTED]]
        shown = list(dict.fromkeys([*(w for pair in PAIRS for w in pair), *words]))
        if len(shown) >= FEWEST_ON_MAP:
            _ask(bench, {"about": "moves_map", "words": shown}, _moves)
    st.divider()
    given = _field(bench, "moved", "A word's neighbours before and after", "good", (*PAIRS[0], *words[:3]), 60)
    if given:
        _ask(bench, {"about": "neighbours_moved", "word": given}, lambda found: _both_sides(bench, found))


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    shown = [{"word": r["word"], "moved by": r["distance"], "cosine": r["cosine"], "read": r["times"]} for r in rows]
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "moved by": st.column_config.NumberColumn(format="percent", help="Of the length it began with."),
            "cosine": st.column_config.NumberColumn(format="%.3f", help="Between before and after: 1 is no turn."),
        },
    )


def _pair(answer: Answer) -> None:
    first, second = (_plain(word) for word in answer["words"])
    if not answer["known"] or answer["before"] is None or answer["after"] is None:
        st.caption(f"{first} and {second} are not both among this run's words.")
        return
    change = round(answer["after"], 3) - round(answer["before"], 3)
    went = "went apart" if change < 0 else "went together" if change > 0 else "stayed as near as they were"
    cosines = f"{answer['before']:.3f} before, **{answer['after']:.3f}** after"
    st.markdown(f"**{first}** and **{second}** {went}: cosine {cosines}.")


def _moves(answer: Answer) -> None:
    plot(moves_figure(answer), "glove.moves", MAP_HEIGHT, "Words before and after the run.")
    st.caption(f"From rings to arrowheads, on the plane that keeps most of the spread: {answer['share']:.0%} of it.")


def _both_sides(bench: Bench, answer: Answer) -> None:
    if not answer["known"]:
        _spellings(bench, "moved", answer)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**Nearest to {_plain(answer['word'])} before**")
        plot(neighbours_figure(answer["before"]), "glove.was", NEAR_HEIGHT, "The nearest words before the run.")
    with right:
        st.markdown("**and after**")
        figure = neighbours_figure(answer["after"], answer["new"])
        plot(figure, "glove.now", NEAR_HEIGHT, f"The nearest words after the run. New: {', '.join(answer['new'])}.")
    if answer["gone"]:
        st.caption(f"No longer among them: {', '.join(map(_plain, answer['gone']))}.")


def split_words(text: str) -> list[str]:
    """The words of a text area: between spaces, commas, semicolons or line breaks."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def _field(bench: Bench, name: str, label: str, first: str, ready: Sequence[str], longest: int) -> str:
    """A line to type in, with something ready to press."""
    form = bench.form
    if form.get(name) is None:
        form.put(name, first)
    left, right = st.columns([4, 8], gap="small", vertical_alignment="bottom")
    with left:
        given = st.text_input(label, key=form.key(name), max_chars=longest, persist_state="session")
    with right, st.container(horizontal=True, gap="xsmall"):
        for text in ready:
            _goto(bench, name, text, "ready")
    return (given or "").strip()


def _goto(bench: Bench, name: str, text: str, kind: str = "near", whole: str | None = None) -> None:
    key = bench.form.key(f"{name}.{kind}.{text}")
    st.button(_plain(text), key=key, on_click=bench.form.put, args=(name, whole or text))


def _group_buttons(bench: Bench, name: str) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for title, words in GROUPS.items():
            key = bench.form.key(f"group.{title}")
            st.button(title, key=key, on_click=bench.form.put, args=(name, " ".join(words)))


def _groups(words: Sequence[str]) -> dict[str, str] | None:
    """The ready group of each word, where the words are of several."""
    of = {word: next((title for title, group in GROUPS.items() if word in group), "") for word in words}
    return of if len(set(of.values())) > 1 else None


def _once(unknown: Iterable[Answer]) -> list[Answer]:
    """Each unknown word once, however often and in whatever case it was typed: its buttons bear its name."""
    return list({each["word"]: each for each in unknown}.values())


def _spellings(bench: Bench, name: str, answer: Mapping[str, Any], whole: str | None = None) -> None:
    """An unknown word, and what it may have been meant to be; a press puts that in its place."""
    st.markdown(f":material/help: **{_plain(answer['word'])}** is not among the words that have a vector here.")
    if answer["spellings"]:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.caption("Did you mean", width="content")
            for word in answer["spellings"]:
                instead = None if whole is None else _replaced(whole, str(answer["given"]), word)
                _goto(bench, name, word, f"instead.{answer['word']}", instead)


def _replaced(whole: str, given: str, word: str) -> str:
    """A text with a word put in another's place, where that stands by itself."""
    return re.sub(rf"(?<!\w){re.escape(given)}(?!\w)", lambda _: word, whole, flags=re.IGNORECASE)


def _ask(bench: Bench, question: Answer, draw: Callable[[Answer], None]) -> None:
    """About the trained run's words, else about those the next run starts from."""
    if bench.trained is not None:
        asked = {**question, "spec": bench.trained.spec.flat(), "run": bench.trained.id}
    else:
        asked = {**question, "spec": _start_of(_spec(bench)).flat()}
    when_answered(bench.lab, asked, draw)


def _spec(bench: Bench) -> RunSpec:
    if bench.trained is not None:
        return bench.trained.spec
    return bench.spec or scenarios.parse({"scenario": "glove"})


def _start_of(spec: RunSpec) -> RunSpec:
    """What the words hang on: other settings ask nothing anew."""
    names = ("scenario", "source", "data", "network")
    return scenarios.parse({name: spec.flat()[name] for name in names})


def _plain(text: str) -> str:
    """As Markdown that shows just this text."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#|$~:<>!&" else c for c in text)
