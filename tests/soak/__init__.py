"""A long time under load: does a client stay as it was? See `README.md`."""
