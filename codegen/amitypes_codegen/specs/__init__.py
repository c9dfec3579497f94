"""What one Asterisk release documents, as plain data, and its JSON files."""
