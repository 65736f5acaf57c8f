"""Files of a folder that nothing runs: a part whose manifest is missing, and a file whose name is misspelled."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from hookline.validation.findings import Finding
from hookline.validation.kinds import Kind
from hookline.validation.modules import code_in

NEAR = 0.8  # of 1.0: transalte is near to translate, handler is not near to handshake


def unused(where: str, place: Path, kind: Kind) -> Iterator[Finding]:
    """The findings of the folder `where`, at `place`. Nothing runs without a manifest, which is reported separately."""
    if not any((place / part.file).is_file() for part in kind.parts.values()):
        return
    for file, part in kind.belongs.items():
        if (place / file).is_file() and not (place / part.file).is_file():
            yield Finding(f"{where}/{file}", 1, f"is not run: {part.file}, to which it belongs, is missing")
    absent = [Path(name).stem for name in sorted(kind.known) if not (place / name).is_file()]
    for path in code_in(place):
        near = difflib.get_close_matches(path.stem, absent, 1, NEAR)
        if path.parent == place and path.name not in kind.known and near and not _is_named(path, place):
            yield Finding(f"{where}/{path.name}", 1, f"is not run: nothing imports it (did you mean {near[0]}.py?)")


def _is_named(module: Path, place: Path) -> bool:
    """Whether other code of the folder names a module: it may import it in a way that is not seen."""
    word = re.compile(rf"\b{re.escape(module.stem)}\b".encode())
    return any(word.search(other.read_bytes()) for other in code_in(place) if other != module)
