"""Evaluation: measured bytes and distortion."""
