"""Programs that each read the flood with one library, and print what it took: ``python -m benchmarks.subjects.NAME``.

Arguments: the port, and the events to hand to the handler (``*``, or one name). A subject logs in, asks for the flood,
and stops when the event Shutdown has reached its handler.
"""
