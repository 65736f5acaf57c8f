"""Runs checkov over a folder of templates; prints a JSON list of [rule, file, logical id], one for each finding.

    .tools/checkov/bin/python tests/infra/run_checkov.py FOLDER

A script for checkov's own environment. It calls checkov's API: the command line first imports every framework, which
takes longer than all the checks of the templates.
"""

import json
import sys
from pathlib import Path

from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter

report = Runner().run(root_folder=sys.argv[1], runner_filter=RunnerFilter(framework=["cloudformation"]))
if report.parsing_errors or not report.passed_checks:
    sys.exit(f"checkov read too little: {report.parsing_errors}")
findings = [
    [found.check_id, Path(found.file_path).name, found.resource.rpartition(".")[2]] for found in report.failed_checks
]
print(json.dumps(findings))
