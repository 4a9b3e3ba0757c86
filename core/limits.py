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
SETTINGS_MEGABYTES = 1
"""Largest file of settings, in 2**20 bytes: a table of flowers may be in it."""
QR_CHARACTERS = 1_500
"""Longest address that becomes a QR code: a longer one is too fine for a phone to read from a projector."""
PHOTO_BYTES = 20_000_000
"""A photo as it comes from a telephone."""
PHOTO_MEGAPIXELS, WEBP_MEGAPIXELS = 40, 16
"""To decode, Pillow needs 4 bytes a pixel, and for WebP 16. With what follows a photo takes up to 320 MB."""
LEAST_EDGE, TIMES_AS_LONG = 8, 10
"""Fewest points on a side of a photo, and how many times as long as wide it may be."""
UPLOADED_CSV_MEGABYTES = 5
"""A table of texts as it is uploaded, in 2**20 bytes as Streamlit counts them; the command line takes larger ones."""
MOST_CSV_BYTES, MOST_CSV_ROWS = 50_000_000, 100_000
"""A table of texts, however it comes."""
LEAST_TEXTS = 20
"""Fewest different texts of each kind."""
TEXT_CHARACTERS, SENTENCE_CHARACTERS = 100_000, 10_000
"""Of a text that is pasted as a review, and as a sentence. The longest review of IMDB has 13,704."""
TABLE_ROWS, TABLE_CHARACTERS = 400, 20_000
"""Of a table of flowers, and of its writing in an address or a file: a few hundred rows."""
ADDRESS_FIELDS, ADDRESS_CHARACTERS, ADDRESS_BESIDE = 40, 30_000, 3
"""Settings in an address, all characters of it (it may hold a table), and runs beside the one in hand."""
PROBLEMS_SHOWN = 8
"""Of what is wrong with an address, how much is named."""
READING_BYTES = 450_000_000
"""Memory that reading anything that is brought may take, whatever is in it: a photo of 40 megapixels takes 320 MB."""
KEPT_SECONDS = 24 * 3_600.0
"""What is brought in a browser is deleted a day after it was brought last."""
TITLE_LENGTH = 120
"""Of what a person sees of a set: counts, and what it was called."""
ZIP_DIRECTORY_BYTES = 4_000_000
"""Largest list of contents at an archive's end; one of 5,000 files takes about 1 MB."""
PHOTO_FILES = 5_000
"""Most files of a set of photos."""
PHOTOS_BYTES = 200_000_000
"""Most that photos uploaded one by one may be together."""
LEAST_TRAINING, LEAST_VALIDATION = 4, 2
"""Fewest photos of each class: six can be taken with a camera in a minute. So few teach little, and a validation
accuracy on two of each says hardly more than that it runs."""
LESSON_BYTES, LESSONS = 100_000, 200
"""Of a lesson's file, and how many of a teacher's own are looked at."""
LESSON_STEPS, LESSON_QUESTIONS, LESSON_MINUTES = 30, 30, 240
ANSWER_CHARACTERS = 2_000
"""Of an answer to a lesson's question."""
