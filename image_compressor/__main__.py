"""`python -m image_compressor` is the command `image-compressor`."""

from image_compressor.cli import main

if __name__ == "__main__":
    main()
