"""The page of the IMDB scenario."""

from __future__ import annotations

import streamlit as st

from core.words import mark, mark_all, say_all
from pages.parts.frame import begin

begin("IMDB reviews")

from pages.parts.alike import draw_alike
from pages.parts.bench import Bench, draw_bench
from pages.parts.reviews import draw_samples, draw_try_it
from pages.parts.test_score import draw_test

NOTES = mark_all("""
**What is transferred.** At first 20 numbers for each of 20,000 words, learned elsewhere. A review's 20 numbers are the
sum of its words' divided by the square root of how many they are. Two small Dense layers learn from there.

**What to look for.** With the embedding trainable, training loss falls to the end while validation loss turns: the
network learns the training reviews by heart. Freeze the embedding and it hardly can: only 353 numbers are left to
learn with, but it ends lower. Then start from random, and see that a network from scratch does well here too:
15,000 reviews are plenty. Transfer shows in the first epochs and with few examples.

**A stronger source.** Twenty numbers a word are a weak source of knowledge: from scratch beats them at every size.
Choose the *Universal Sentence Encoder* as source and 50 training examples, with *Beside it: from scratch*: now
transfer wins, by about eight points where validation loss is lowest. Then 2,000 examples: from scratch is ahead again.
What was learned elsewhere helps most where there is little to learn from.

**The sources.** *GloVe*: 100 numbers for each of 40,000 words, averaged over a review (TensorFlow's mean), frozen at
first. The *Universal Sentence Encoder* reads the whole text, word order and all, and gives 512 numbers. It runs
outside Keras and cannot be trained here; each review is read once (about 20 ms) and kept, which is why it draws on
3,000 reviews: 2,000 to train on and 1,000 to validate on. Beside it, from scratch is the 20-number network on the very
same reviews.

**What differs from the course.** The course downloads *gnews-swivel-20dim* from TF Hub. The embedding here is a
*stand-in* of the same form (20,001 × 20), made from GloVe, that works offline; it splits words better (lower case,
no punctuation) and its words and directions were chosen on these reviews' texts, without their labels. The package
its GloVe vectors come from lacks *a* and *i*, so these two show as unknown. Its curves have the course's shape, not
its exact figures (there: lowest validation loss 0.313 at epoch 27, accuracy 0.87).

**Validation both chooses and reports.** The best epoch is chosen on the same reviews whose accuracy is shown, so that
accuracy is a little too good. A test needs reviews that did neither: the library page fetches 25,000 of them where
there is a network, and the tab *Test* keeps their score sealed until you open it.

**Your own texts.** Under *Data* a CSV with the columns `text` and `sentiment` can be uploaded (or others: it asks
what they mean). They are read in the words of the chosen source, a fifth of them is held out to validate on, and they
have no test part. They belong to the browser that brought them and are deleted after a day.

**Both curves mean the same moment.** Keras' own progress bar averages training loss over the epoch while the
weights move; here both losses are measured at the epoch's end.
""")


def _notes(bench: Bench) -> None:
    st.markdown(say_all(NOTES))


TABS = {
    mark("Try it"): draw_try_it,
    mark("Alike?"): draw_alike,
    mark("Data"): draw_samples,
    mark("Test"): draw_test,
    mark("Notes"): _notes,
}
draw_bench("imdb", TABS)
