"""The fraud agent's Lambda handler."""

from functions.agents.fraud.agent import run
from functions.agents.fraud.manifest import MANIFEST
from functions.core.serve import serve
from functions.taxonomy import catalogue

handler = serve(MANIFEST, run, catalogue)
