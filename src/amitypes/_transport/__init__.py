"""TCP, TLS and HTTP: everything that does I/O, and nothing else."""
