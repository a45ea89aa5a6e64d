"""Images <-> bytes: what ships, with NumPy, constriction, LiteRT and readers of image files."""
