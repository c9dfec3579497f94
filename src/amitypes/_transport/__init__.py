"""TCP, TLS and HTTP: the I/O, and what belongs to it."""
