"""``amitypes-codegen verify``: whether a server sends anything that the types don't know.

It judges the runtime's types by the runtime's own decoding, so it is the one room of the generator that imports
``amitypes``; nothing else of the generator imports this room, but the command, when it is called.
"""
