"""Reads Asterisk's XML documentation, safely, into a spec."""
