"""What amitypes costs, side by side with what others cost: see `README.md`."""
