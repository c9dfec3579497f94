"""Messages as typed models, and back."""
