"""Images <-> bytes: the part that ships, built on NumPy, constriction and LiteRT."""
