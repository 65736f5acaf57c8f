"""The notifier agent's Lambda handler."""

from functions.agents.notifier.agent import run
from functions.agents.notifier.manifest import MANIFEST
from functions.core.serve import serve
from functions.taxonomy import catalogue

handler = serve(MANIFEST, run, catalogue)
