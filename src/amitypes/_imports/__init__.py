"""Imports at first use, or all of them at once."""
