"""The files that decide what a function's zip holds: validation reads them, and infra builds from them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BASE_LOCK = ROOT / "requirements/functions.txt"
CONNECTORS_LOCK = ROOT / "requirements/connectors.txt"
GITHUB_APP_LOCK = ROOT / "requirements/github-app.txt"  # with a package that signs a GitHub App's JWT
MODELS_LOCK = ROOT / "requirements/models.txt"  # of an agent with a model

# What no zip holds.
NOT_RUN = ("__pycache__", "README.md", "fixtures", "requirements.*", "*.cedar", "sandbox*.py", "sandbox")
# The files of a provider's folder that only its connector runs, and those that only its verifier runs.
CONNECTOR_FILES = ("connector.py", "operations.py", "operations")
SOURCE_FILES = ("source.py", "translate.py", "handshake.py")
RECONCILE_FILES = ("reconcile.py",)  # that of the reconcile service, which runs source.py too
