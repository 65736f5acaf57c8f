"""What an agent imports to classify a text without a model."""

from functions.core.classify.classifier import Classifier, Label, Unsure, classify, ready

__all__ = ["Classifier", "Label", "Unsure", "classify", "ready"]
