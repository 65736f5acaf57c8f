"""The stage of a process: one of several deployments in an account and region.

A process belongs to one stage, so its names are constants: in Lambda the stage comes from the function's environment,
at synth from `-c stage=NAME`, in a command of the operator from `--stage NAME`.
"""

import re

VARIABLE = "HOOKLINE_STAGE"
# At most 12 characters: a bucket's name, which also holds the account and the region, has at most 63.
_STAGE = re.compile(r"[a-z][a-z0-9]{0,11}")
RESERVED = "hookline"  # its names would match the default stage's patterns, such as hookline-*


def check_stage(stage: str) -> str:
    """Return `stage`. Raises ValueError if it is not a stage's name; "" is the default stage."""
    if stage and (not _STAGE.fullmatch(stage) or stage == RESERVED):
        raise ValueError(
            f"stage {stage!r}: a stage is 1 to 12 lower-case letters and digits, begins with a letter, "
            f"and is not {RESERVED}"
        )
    return stage
