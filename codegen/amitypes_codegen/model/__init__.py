"""All branches as one model: merged, corrected by the overlay, with names and types decided."""
