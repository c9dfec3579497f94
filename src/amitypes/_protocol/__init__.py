"""Bytes and messages, sessions, limits and validation: no I/O, and nothing imported but the standard library."""
