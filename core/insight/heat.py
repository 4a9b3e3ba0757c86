"""Where in a picture a network found what it says: by covering one place after another, and by taking its output apart.

Measured on MobileNetV2 0.35 at 128 points with a head trained on 2,000 pictures, by deletion: where the fifth of a
picture that a map finds most important is made grey, the logit moves towards the other class, on 60 validation pictures
/ 60 real photos, by 2.90 / 4.04 for occlusion (6 x 6 places), 2.57 / 2.66 for class activation (4 x 4), 1.91 / 1.20 at
random. Filling with the picture's mean colour or with its blur gives the same order; 8 x 8 patches of a fifth of its
side move it by 3.03 / 3.91 and take nearly twice the time. So the map shown is occlusion.
"""

from __future__ import annotations

import numpy as np

PLACES = 6
"""Patches in a row and in a column."""
PATCH = 1 / 4
"""A patch's side as a share of the picture's; neighbours overlap by a third."""
GREY = 128
"""What the network reads as nothing: the middle of its input range."""


def covered(picture: np.ndarray) -> np.ndarray:
    """The picture (size, size, 3) with a grey patch at each place, row by row: (36, size, size, 3). A patch's middle is
    its place's middle; at the rim it is cut off."""
    size = len(picture)
    middles = (np.arange(PLACES) + 0.5) / PLACES
    begins, ends = (
        np.clip(np.rint((middles + shift) * size), 0, size).astype(int) for shift in (-PATCH / 2, PATCH / 2)
    )
    copies = np.repeat(picture[None], PLACES**2, axis=0)
    for number, copy in enumerate(copies):
        row, column = divmod(number, PLACES)
        copy[begins[row] : ends[row], begins[column] : ends[column]] = GREY
    return copies


def occlusion(logit: float, without: np.ndarray) -> np.ndarray:
    """What each place adds to the logit, (6, 6): the logit of the picture less that of the picture without it
    (Zeiler and Fergus 2014). ``without`` holds the logits of `covered`."""
    return logit - without.reshape(PLACES, PLACES)


def class_activation(maps: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The logit taken apart by place: what each position of the last maps (h, w, channels) adds through the output
    layer's kernel: (channels, 1) above a mean, (h * w * channels, 1) where all is laid flat. With the layer's bias it
    adds up to the logit exactly, because both are linear (Zhou et al. 2016; Grad-CAM gives the same here)."""
    height, width, channels = maps.shape
    if len(kernel) > channels:
        return np.asarray((maps * kernel.reshape(maps.shape)).sum(axis=-1))
    return np.asarray(maps @ kernel[:, 0] / (height * width))
