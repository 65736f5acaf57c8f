"""The CDK app, as the CDK CLI runs it: the stage of `-c stage=NAME` is known before any name is made."""

import atexit
import gc
import os
import sys

from aws_cdk import App

from functions.core.platform.stage import VARIABLE, check_stage


def enter_stage(stage: str) -> None:
    """Make `stage` this process's. Exits with one line if it is not a stage's name."""
    try:
        os.environ[VARIABLE] = check_stage(stage)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    gc.set_threshold(500_000)  # else it looks through CDK's modules and all constructs again and again
    atexit.register(gc.freeze)
    enter_stage(str(App().node.try_get_context("stage") or os.environ.get(VARIABLE, "")))
    from infra.app import main  # names are constants, made at import

    main()
