"""The Lambda handler of either agent."""

from functions.core.serve import serve
from functions.taxonomy import catalogue

from .agent import run
from .manifest import MANIFEST

handler = serve(MANIFEST, run, catalogue)
