"""Classifies the text of a ticket without a model: features, a linear head, and an answer that may be "unsure"."""
