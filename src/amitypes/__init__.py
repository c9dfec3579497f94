"""Typed access to the Asterisk Manager Interface."""
