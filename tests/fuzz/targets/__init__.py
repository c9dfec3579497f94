"""What must hold for any bytes that a server sends: one module for each target, whose `one_input` takes an input."""
