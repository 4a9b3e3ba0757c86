"""The parts of a scenario's page that a lesson or a teacher can hide, by name."""

from __future__ import annotations

from core.words import mark

CONTROLS = {
    "task": mark("The scenario's tasks"),
    "presets": mark("The course's recipes"),
    "options": mark("The scenario's own choices"),
    "start": mark("Start from"),
    "source": mark("Source of knowledge"),
    "data": mark("Data"),
    "own_data": mark("Data of one's own"),
    "examples": mark("Training examples"),
    "epochs": mark("Epochs"),
    "patience": mark("Patience"),
    "early_stopping": mark("Early stopping"),
    "learning_rate": mark("Learning rate"),
    "two_phases": mark("Then fine-tune"),
    "rivals": mark("What is trained beside it"),
    "more": mark("More"),
    "min_delta": mark("Min delta"),
    "restore_best": mark("Restore best weights"),
    "batch_size": mark("Batch size"),
    "seed": mark("Seed"),
    "layers": mark("Switches that freeze layers"),
    "ask": mark("Race and experiments"),
    "predict": mark("Predict"),
    "share": mark("Share"),
}
"""With their titles, in the order of the page. What is hidden keeps the value that was set."""
