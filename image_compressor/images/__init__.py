"""Image files of every format -> pixels that mean the same: uint8, sRGB, opaque, upright."""
