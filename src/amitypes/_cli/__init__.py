"""The command ``amitypes``."""
