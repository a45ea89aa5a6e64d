"""Image files of every format -> pixels in one form: uint8, sRGB, opaque, upright."""
