"""The path of an event from the connection to its subscribers: routing, queues, handlers and streams."""
