"""What one Asterisk release documents, as plain data, and the folder of its JSON files."""
