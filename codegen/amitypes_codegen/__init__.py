"""Generates typed AMI models from Asterisk's XML documentation.

The packages are the steps of the pipeline; each imports only those before it:

- `specs`: what one release documents, as plain data, and its JSON files
- `reading`: Asterisk's XML becomes a spec
- `overlay`: facts that the XML lacks, from TOML
- `model`: the specs of all branches and the overlay, merged, with Python's names and types
- `rendering`: the model becomes the files of a Python package
- `verify`: compares a server's messages with the generated types
- `commands`: the command line
"""
