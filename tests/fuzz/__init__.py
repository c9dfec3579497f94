"""Coverage-guided fuzzing of framing, the session and the decoding of messages: see `README.md`."""
