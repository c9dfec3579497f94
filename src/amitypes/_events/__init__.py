"""Which subscriber gets which events, and what waits for each."""
