"""What must hold for any bytes that a server sends: a module for each part, whose `one_input` takes one input."""
