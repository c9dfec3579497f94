"""Typed models of messages: decoding what the server sends, and encoding actions."""
