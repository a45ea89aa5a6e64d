"""Measured bytes and distortion."""
