"""The page of the GloVe scenario."""

from __future__ import annotations

import streamlit as st

from core.words import mark, mark_all, say_all
from pages.parts.frame import begin

begin("GloVe sentences")

from pages.parts.bench import Bench, draw_bench
from pages.parts.sentences import draw_samples, draw_try_it
from pages.parts.word_lab import draw_word_lab

NOTES = mark_all("""
**What is transferred.** A hundred numbers for each of 40,000 words. GloVe learned them from which words stand near
which in six billion words of text: it never saw a film review's label. The first layer looks each word up; what stands
above it learns praise and complaint from at most 6,824 sentences.

**What to look for.**

- *Frozen*, the averaged network has 1,633 numbers to learn and stops near .71 of validation accuracy; the curves stay
  close together.
- *Trainable*, a million numbers learn from a few thousand sentences. Training loss falls and falls; validation loss
  turns within a few epochs. Afterwards the *Word lab* shows which words moved, and where *good* and *bad* went: GloVe
  has them close together, since they stand in the same places.
- *From scratch*, random vectors know nothing of words that the training sentences do not hold. With 200 examples that
  is nearly all of them.
- *Word order*: the average cannot tell "not good, just bad" from "not bad, just good". An LSTM can, at a far higher
  price.
- *Another source*: the Sentence Encoder reads whole sentences. With 100 examples and one seed it was no better here
  than averaged vectors (.59 both, .57 from scratch): one run proves little, so try more seeds and sizes.

**As in the article.** Two bidirectional LSTMs of 150 units on 100 words, Dense 6, up to 600 epochs with patience 10:
one press in the sidebar, and about 15 seconds an epoch. Its TensorBoard log lies in the run's data folder:
`tensorboard --logdir` shows it.

**The vocabulary** is that of all training sentences, their 10,000 commonest words, however few of them a run trains on;
labels play no part in it. Other words share one vector of zeros, and so do words that GloVe does not have.

**What differs from the course.** GloVe's first 40,000 words ship here, rounded to half precision; the library page
fetches all 400,000. The package they come from lacks some very common words (*a*, *i*, *'s*), so they are missing here
too. The averaged network leaves padding out of the average; the LSTMs read it, as the article's do.

**Your own sentences.** Under *Data* a CSV with the columns `text` and `sentiment` can be uploaded (or others: it asks
what they mean). They belong to the browser that brought them and are deleted after a day. `python -m core bring
FILE.csv` takes larger ones, for everybody who uses this lab, and tells what to set as data.

**Validation both chooses and reports.** There is no test part: the best epoch is chosen on the same 1,706 sentences
whose accuracy is shown, so that accuracy is a little too good.
""")


def _notes(bench: Bench) -> None:
    st.markdown(say_all(NOTES))


TABS = {mark("Try it"): draw_try_it, mark("Word lab"): draw_word_lab, mark("Data"): draw_samples, mark("Notes"): _notes}
draw_bench("glove", TABS)
