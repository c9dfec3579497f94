"""Merges all branches into one model, corrected by the overlay, and decides names and types."""
