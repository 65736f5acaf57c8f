"""Results of what-if runs, kept as files of the operator who ran them: the newest of each records bucket."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.core.platform.times import rfc3339
from hookline.local.private_files import write_private
from hookline.local.stack import STATE
from hookline.operator.errors import UnknownId

FOLDER = STATE / "what-if"
MOST = 50  # results of one bucket; the oldest are deleted
_ID = re.compile(r"[0-9]{10,14}-[a-z][a-z0-9_]{0,99}")  # milliseconds since 1970, and the agent
_SHORT = ("id", "at", "agent", "of", "candidate", "runs", "calls", "flip", "content", "unknown", "same", "drift")


@dataclass(frozen=True)
class KeptResults:
    """The results that lie in `folder`."""

    folder: Path

    def keep(self, agent: str, of: str, candidate: str, found: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Keep a result, and return it as it is kept; `of` is "code" or "policy", `candidate` names the version."""
        at = round(now * 1000)
        whole = {**found, "id": f"{at}-{agent}", "at": rfc3339(now), "agent": agent, "of": of, "candidate": candidate}
        self.folder.mkdir(parents=True, exist_ok=True)
        write_private(self._file(whole["id"]), json.dumps(whole))
        for old in self._ids()[MOST:]:
            self._file(old).unlink(missing_ok=True)
        return whole

    def listed(self) -> list[dict[str, Any]]:
        """The results in short, the newest first."""
        return [{name: one[name] for name in _SHORT if name in one} for one in self._each()]

    def find(self, id: str) -> dict[str, Any]:
        """A result as it was kept. Raises UnknownId."""
        found = self._read(id) if _ID.fullmatch(id) else None
        if found is None:
            raise UnknownId("what-if result", id, "hookline what-if-results")
        return found

    def forget(self, correlation: str) -> int:
        """Delete the results that name an event of a causal tree; returns how many."""
        naming = [one["id"] for one in self._each() if _names(one, correlation)]
        for id in naming:
            self._file(id).unlink(missing_ok=True)
        return len(naming)

    def _each(self) -> Iterator[dict[str, Any]]:
        return (found for id in self._ids() if (found := self._read(id)) is not None)

    def _ids(self) -> list[str]:
        names = [file.stem for file in self.folder.glob("*.json") if _ID.fullmatch(file.stem)]
        return sorted(names, key=lambda id: int(id.partition("-")[0]), reverse=True)

    def _read(self, id: str) -> dict[str, Any] | None:
        """A result, None if it was deleted meanwhile or is no result."""
        try:
            found = json.loads(self._file(id).read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and found.get("id") == id else None

    def _file(self, id: str) -> Path:
        return self.folder / f"{id}.json"


def of_bucket(bucket: str) -> KeptResults:
    """The results of runs over the records in a bucket."""
    return KeptResults(FOLDER / bucket)


def _names(found: Mapping[str, Any], correlation: str) -> bool:
    rows = [*found.get("events", ()), *found.get("changed", ())]
    return any(one.get("correlation") == correlation for one in rows)
