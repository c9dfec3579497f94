"""JSON Schemas of the spec files and of their lock."""
