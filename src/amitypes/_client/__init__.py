"""What a user holds: settings, the connection over time, calls."""
