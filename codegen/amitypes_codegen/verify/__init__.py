"""``amitypes-codegen verify``: compares what a server sends with the types.

It decodes with the runtime's own types, so it is the only package of the generator that imports ``amitypes``. Only
``commands/verify.py`` imports it, when the command runs.
"""
