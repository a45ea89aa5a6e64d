"""`image-compressor demo`: a local page that shows how a codec compresses an image."""
