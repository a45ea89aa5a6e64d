"""Data sets: sources -> data/raw -> records -> tf.data."""
