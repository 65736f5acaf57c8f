"""Whether a delivery is what its provider sent."""
