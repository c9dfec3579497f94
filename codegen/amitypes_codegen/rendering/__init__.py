"""The model as the text of Python files."""
