"""Bytes and messages, sessions, limits and validation; imports the standard library only."""
