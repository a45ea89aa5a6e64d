"""Sets of images too large for one process: many .imgc files that form one archive."""
