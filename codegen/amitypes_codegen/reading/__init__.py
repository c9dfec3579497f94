"""Asterisk's XML documentation, read safely into a spec."""
