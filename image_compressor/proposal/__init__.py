"""A folder of images -> a recipe for a codec: `make codec DIR=...`."""
