"""The page of the iris scenario."""

from __future__ import annotations

import streamlit as st

from core.words import mark, mark_all, say_all
from pages.parts.frame import begin

begin("Iris extension")

from pages.parts.bench import Bench, draw_bench
from pages.parts.flower_table import draw_data
from pages.parts.flowers import draw_try_it

NOTES = mark_all("""
**Step 1, the source.** A network of 50, 25 and 3 units learns the three real irises: 1,603 numbers, 120 flowers to
train on, 30 to validate on (the course trains on all 150). Then the sanity check of the lesson: *clone* it layer by
layer. The clone has 1,603 parameters and the same accuracy, and freezing it leaves the original alone. Adding the
very layer objects to a new model would freeze both.

**Step 2, the extension.** Keep the first two layers (1,525 numbers, frozen), put a new softmax on top for four
flowers that do not exist (104 numbers): 1,629 in all, of which 104 are trained, on two flowers of each. The rows
stand in the Data tab: change them and train again. The course's own eight rows are not to be had; ours are made up
too.

**Step 3, a third species.** The source knows setosa and versicolor only. A few flowers of each species must do to
learn all three.

**What to look for.** Frozen layers do not move at all (tab What moved); a few hundred numbers learn the new flowers
all the same. But press *Beside it: from scratch* too: on this tiny, easy task a network from random weights catches
up and passes, because four measurements are simple to learn. The lesson here is the mechanics; transfer that pays
is on the other pages.
""")


def _notes(bench: Bench) -> None:
    st.markdown(say_all(NOTES))


draw_bench("iris", {mark("Data"): draw_data, mark("Try it"): draw_try_it, mark("Notes"): _notes})
