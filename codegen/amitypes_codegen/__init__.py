"""Generates typed AMI models from Asterisk's XML documentation."""
