"""Sources -> data/raw -> records -> tf.data."""
