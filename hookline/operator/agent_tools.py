"""Writes the types of an agent's tools into its folder."""

from hookline.operator.errors import OperatorError
from hookline.validation import discovery
from hookline.validation.findings import meant
from hookline.validation.typed_tools import FILE, typed_tools
from infra.interpreters import ROOT


def write(name: str) -> str:
    """Write the tools.py of an agent and return its path, relative to the project's root.

    Raises OperatorError for an unknown agent, or one with a finding other than an outdated tools.py.
    """
    project, findings = discovery.look()
    where = f"functions/agents/{name}"
    others = [one for one in findings if one.folder == where and one.file != f"{where}/{FILE}"]
    if others:
        raise OperatorError(str(others[0]))
    file = ROOT / where / FILE
    if name not in project.agents and file.is_file():
        file.unlink()  # outdated: without it, the agent has no findings
        project, _ = discovery.look()
    if name not in project.agents:
        raise OperatorError(f"there is no agent {name!r}{meant(name, project.agents)}")
    file.write_text(typed_tools(project.agents[name], project.connectors))
    return f"{where}/{FILE}"
