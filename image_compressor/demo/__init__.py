"""`image-compressor demo`: a page on this machine that shows what a codec does to an image."""
