"""Writes the types of an agent's tools into its folder."""

from pathlib import Path

from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation import discovery
from hookline.validation.kinds import AGENT
from hookline.validation.manifests import read_manifest
from hookline.validation.typed_tools import FILE, typed_tools


def write(name: str, functions: Path = discovery.FUNCTIONS) -> str:
    """Write the tools.py of an agent and return its path, relative to the project's root.

    Raises OperatorError for an unknown agent, or if its manifest or a connector that it uses has a finding. The agent's
    other files may have findings: an agent.py that imports an outdated or missing tools.py has one until this has run.
    """
    where, place = f"functions/agents/{name}", functions / "agents" / name
    if not (place / AGENT.file).is_file():
        raise UnknownName("agent", name, _agents(functions))
    project, findings = discovery.read_project(functions)
    read, mistakes = read_manifest(where, place, AGENT.file, AGENT.manifest)
    if read is None or mistakes:
        raise OperatorError("\n".join(map(str, mistakes)))
    unknown = [connector for connector in read.manifest.connectors if connector not in project.connectors]
    folders = [f"functions/providers/{connector}" for connector in unknown]
    for finding in findings:
        if finding.file == f"{where}/{AGENT.file}" or finding.folder in folders:
            raise OperatorError(str(finding))
    (place / FILE).write_text(typed_tools(read.manifest, project.connectors))
    return f"{where}/{FILE}"


def _agents(functions: Path) -> list[str]:
    return sorted(file.parent.name for file in (functions / "agents").glob(f"*/{AGENT.file}"))
