"""The command ``amitypes-codegen``: one module for each of its commands.

Each module imports click only. What a command does is imported when it runs, so that ``--help`` and one command don't
load the libraries of the others.
"""
