"""Coverage-guided fuzzing of the wire, the session and the decoding of messages: see `README.md`."""
