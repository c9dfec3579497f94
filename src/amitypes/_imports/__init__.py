"""Modules imported late, or all at once."""
