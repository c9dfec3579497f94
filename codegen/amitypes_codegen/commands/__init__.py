"""The command ``amitypes-codegen``."""
