"""A client under load for a long time: see `README.md`."""
