"""A run to take home: as a notebook of plain Keras, as files that others read, and as a pack to hand in."""
