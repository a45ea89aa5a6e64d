"""Images <-> bytes. NumPy, constriction, LiteRT and Pillow only: this is what ships."""
