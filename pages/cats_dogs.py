"""The page of the cats-and-dogs scenario."""

from __future__ import annotations

import streamlit as st

from core.words import mark, mark_all, say_all
from pages.parts.frame import begin

begin("Cats and dogs")

from pages.parts.bench import Bench, draw_bench
from pages.parts.own_photos import draw_own_photos, form_of_photos, settle
from pages.parts.pictures import draw_maps, draw_mistakes, draw_samples, draw_try_it
from pages.parts.test_score import draw_picture_test

NOTES = mark_all("""
**What is transferred.** MobileNetV2 learned a thousand kinds of things from ImageNet's million photos. Its 19 blocks
turn a picture into 1,280 numbers, from edges and colours to fur and ears. On top stands one new unit that says how
likely the picture is a dog: 1,281 numbers, all that a frozen base leaves to learn.

**What to look for.**

- *Training against validation*: in the guide training accuracy sits **below** validation, since Keras averages it over
  the epoch with dropout on. Here both are measured at the epoch's end, with nothing hidden. Switch augmentation on and
  it may lie below all the same: turned and zoomed pictures are harder.
- *Few examples*: set 100 training examples, with *Beside it: from scratch*. On the frozen base that is enough to be
  right three times in four (with 20 hardly more often than not); the same network from random weights is still
  guessing.
- *Fine-tuning*: train the head first, then unfreeze the last third and go on at a low rate, 0.0001 or 0.00001. At
  0.001 the first large steps spoil what the base knows: try it.
- *Batch norm* keeps the averages it came with, unfrozen too. From scratch it has none and must learn them.

**What the heat shows.** Which places of the photo pushed the verdict towards dog, and which towards cat. It says where
the network looked, not why, and a strong patch beside the animal is worth a second thought.

**What differs from the guide.** The guide takes large photos of cats and dogs and Xception. Neither can be had
without a network, so the pictures here are CIFAR-10's, 32 points on a side and enlarged, and the base is MobileNetV2
at about a third of its width (410,208 numbers instead of 20,861,480). On blurred pictures it ends near .83 of
validation accuracy; on real photos the same base reaches .97. Where there is a network, the library page fetches
Xception, ResNet50, EfficientNetB0 and the photos; *The guide's* in the sidebar then sets its whole recipe, with four
augmented passes cycled through instead of a new one each epoch (*live*, under *More*, is the guide's own way).

**The rivals.** *From scratch* is the same network from random weights. Its batch norm learns its averages with momentum
0.9 and not MobileNetV2's 0.999, with which they would stay useless for hundreds of steps. *Small CNN* is what one would
build without any source: three convolutions on pictures of 64 points, 27,681 numbers, about a second an epoch. It ends
near .70.

**Photos of your own** (the button under *Data*): two to ten classes of anything, by zip, folder, files or camera. The
head is then a softmax with a unit for each class, 1,281 numbers a unit; all else is as with cats and dogs. On 200 real
photos of cats and dogs, 160 points, the frozen base is right about 94 times in 100. `python -m core bring FOLDER` takes
the same folders and zips.

**Validation both chooses and reports.** The best epoch is chosen on the same 1,000 pictures whose accuracy is shown,
so that accuracy is a little too good. Under *Test* 500 more stay sealed until you open them.
""")


def _notes(bench: Bench) -> None:
    st.markdown(say_all(NOTES))


TABS = {
    mark("Try it"): draw_try_it,
    mark("Data"): draw_samples,
    mark("Mistakes"): draw_mistakes,
    mark("What it sees"): draw_maps,
    mark("Test"): draw_picture_test,
    mark("Notes"): _notes,
}
settle(form_of_photos())
draw_bench("cats_dogs", TABS, draw_own_photos)
