"""How large what somebody brings may be. Every limit stands here, is shown where something is brought, and is checked
before more than that is read."""

from __future__ import annotations

LEAST_CLASSES, MOST_CLASSES = 2, 10
"""Kinds that photos of one's own may be told apart into."""
CLASS_NAME = 40
"""Longest name of such a kind, in characters."""
ZIP_BYTES = 200_000_000
"""Largest archive as it is uploaded."""
ZIP_UNPACKED_BYTES = 500_000_000
"""Most that all files of an archive may be together, whatever its directory says of them."""
ZIP_FILES = 5_000
"""Most entries of an archive, folders too."""
ZIP_RATIO = 100
"""How many times its size in the archive a file may become, beyond its first megabyte: photos are packed already."""
ZIP_DIRECTORY_BYTES = 4_000_000
"""Largest list of contents at an archive's end; one of 5,000 files takes about 1 MB."""
PHOTO_FILES = 5_000
"""Most files of a set of photos."""
PHOTOS_BYTES = 200_000_000
"""Most that photos uploaded one by one may be together."""
LEAST_TRAINING, LEAST_VALIDATION = 4, 2
"""Fewest photos of each class: six can be taken with a camera in a minute. So few teach little, and a validation
accuracy on two of each says hardly more than that it runs."""
