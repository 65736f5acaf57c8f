"""What is deployed on the local stack, and from what: the record `deployed.json`, and digests to compare it with."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from hookline.local.toolchain import ROOT
from hookline.validation.discovery import Project
from infra.bundling import Recipe, digest
from infra.local_zips import packed, packed_digest
from infra.tags import Manifest, manifest_digest

UNKNOWN = ""  # the fingerprint while a deployment runs, and after one that failed: no files have it
# Folders of plugins. Of their files, templates depend on the manifests' values and on the files of SHAPES only.
PLUGINS = ("functions/agents", "functions/events", "functions/providers")
SHAPES = ("handler.py", "requirements.txt")  # one selects the module that starts, the other the packages of a zip


@dataclass(frozen=True)
class Deployed:
    """The record of a deployment to the emulator that started at `started`.

    `fingerprint` is of all files, `templates` of what the templates depend on. `code` has the digest of each function's
    code; the functions in `replaced` have code that CloudFormation does not know of: it was updated without a
    deployment.
    """

    started: str
    fingerprint: str = UNKNOWN
    templates: str = UNKNOWN
    code: Mapping[str, str] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()

    @classmethod
    def read(cls, state: Path, started: str) -> "Deployed | None":
        """The record of the emulator that started at `started`, None if nothing is deployed on it."""
        try:
            found = cls(**json.loads(_file(state).read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return found if found.started == started else None

    def write(self, state: Path) -> None:
        """Store the record, as a whole or not at all."""
        fresh = _file(state).with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(_file(state))

    def uncertain(self, functions: Sequence[str] | None = None) -> "Deployed":
        """The record while these functions are updated, or without `functions` the whole stack; also if that fails.

        Nothing counts as deployed that may not be, or no longer.
        """
        code = {name: UNKNOWN if functions is None or name in functions else one for name, one in self.code.items()}
        templates = self.templates if functions is not None else UNKNOWN
        return replace(self, fingerprint=UNKNOWN, templates=templates, code=code)

    def outdated(self) -> list[str]:
        """The functions whose code differs from the files."""
        return [
            name
            for name, recipe in self._recipes().items()
            if not recipe or digest(recipe.contents()) != self.code[name]
        ]

    def takes_code(self, templates: str) -> bool:
        """Whether new code is all that it needs: its templates are these, and each zip can be built without them."""
        return self.templates == templates and all(self._recipes().values())

    def _recipes(self) -> dict[str, Recipe | None]:
        return {name: packed(name) for name in self.code}


def fingerprint(context: Mapping[str, Any]) -> str:
    """A digest of the context and of all files of the project that a deployment depends on."""
    return _digest(context, _files())


def templates_digest(context: Mapping[str, Any], project: Project) -> str:
    """A digest of everything that the local templates depend on; a change of a plugin's code keeps it.

    Manifests count by their values, the other files by their content. The engine counts as a whole.
    """
    shaping = [path for path in _files() if not _in_plugin(path) or path.name in SHAPES]
    plugins: Mapping[str, Mapping[str, Manifest]] = {
        "agents": project.agents,
        "sources": project.sources,
        "connectors": project.connectors,
        "reconciles": project.reconciles,
    }
    manifests = {
        kind: {name: manifest_digest(manifest) for name, manifest in sorted(found.items())}
        for kind, found in plugins.items()
    }
    return _digest({"context": dict(context), "manifests": manifests}, shaping)


def code_in(assembly: Path) -> dict[str, str]:
    """The digest of the code of each function in an assembly, by the function's name."""
    found = {}
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"].values()
    # The folder may have the templates of earlier syntheses too.
    stacks = [one["properties"] for one in artifacts if one["type"] == "aws:cloudformation:stack"]
    for stack in stacks:
        for resource in json.loads((assembly / stack["templateFile"]).read_text()).get("Resources", {}).values():
            properties = resource.get("Properties", {})
            asset = assembly / f"asset.{properties.get('Code', {}).get('S3Key', '')}"
            if resource["Type"] == "AWS::Lambda::Function" and asset.is_file():
                found[properties["FunctionName"]] = packed_digest(asset)
    return found


def _in_plugin(path: Path) -> bool:
    return str(path.relative_to(ROOT)).startswith(tuple(f"{folder}/" for folder in PLUGINS))


def _files() -> list[Path]:
    folders = ("functions", "hookline/validation", "infra", "requirements")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [path for path in sorted([*found, ROOT / "cdk.json"]) if "__pycache__" not in path.parts]


def _digest(values: Mapping[str, Any], files: Iterable[Path]) -> str:
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode())
    for path in files:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _file(state: Path) -> Path:
    return state / "deployed.json"
