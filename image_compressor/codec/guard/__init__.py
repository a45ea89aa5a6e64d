"""How each image is coded so that it keeps a floor, or a target is reached."""
