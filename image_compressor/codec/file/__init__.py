"""The .imgc file: its format, read and written."""
