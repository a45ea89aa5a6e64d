"""One picture: any image file -> uint8 pixels."""
