"""Watching images that arrive: whether they are still of the codec's kind."""
