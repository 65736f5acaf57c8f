"""What kind of file a path names: its language, and whether people write it. Pure."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

LANGUAGES: Mapping[str, str] = {
    "bash": "bash",
    "c": "c",
    "cc": "cpp",
    "cjs": "javascript",
    "cpp": "cpp",
    "cs": "csharp",
    "go": "go",
    "h": "c",
    "java": "java",
    "js": "javascript",
    "json": "json",
    "jsx": "javascript",
    "kt": "kotlin",
    "mjs": "javascript",
    "mts": "typescript",
    "php": "php",
    "py": "python",
    "pyi": "python",
    "rb": "ruby",
    "rs": "rust",
    "scala": "scala",
    "sh": "bash",
    "swift": "swift",
    "ts": "typescript",
    "tsx": "tsx",
    "yaml": "yaml",
    "yml": "yaml",
}
PROGRAMS = frozenset(LANGUAGES.values()) - {"json", "yaml"}
LOCKS = frozenset(
    {
        "bun.lock",
        "cargo.lock",
        "composer.lock",
        "gemfile.lock",
        "go.sum",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "packages.lock.json",
        "pdm.lock",
        "pipfile.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "uv.lock",
        "yarn.lock",
    }
)
_BINARY = re.compile(
    r"\.(?:7z|avif|bin|bmp|class|dll|dylib|eot|exe|gif|gz|ico|jar|jpe?g|mov|mp[34]|o|otf|pdf|png|pyc|so|tar|tiff?|ttf"
    r"|wasm|webm|webp|woff2?|xlsx?|zip|zst)$",
    re.IGNORECASE,
)
_VENDORED = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|thirdparty|bower_components|site-packages)/")
_GENERATED_NAME = re.compile(
    r"(?:_pb2(?:_grpc)?\.pyi?|\.pb\.go|\.pb\.(?:cc|h)|_generated\.\w+|\.generated\.\w+|\.g\.dart|\.designer\.cs"
    r"|\.min\.(?:js|css)|\.bundle\.js|\.map|\.snap)$|(?:^|/)(?:dist|__snapshots__)/",
    re.IGNORECASE,
)
# https://go.dev/s/generatedcode, and how protoc, GraphQL's and OpenAPI's generators say it.
_GENERATED_MARK = re.compile(
    r"@generated\b|\bDO NOT EDIT\b|^\W*(?:this file (?:was|is) )?auto-?generated\b", re.IGNORECASE | re.MULTILINE
)
_TEST = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|e2e|testing|testdata|fixtures|src/test)/|(?:^|/)(?:test_[^/]*|conftest)\.py$"
    r"|(?:_test|_spec)\.\w+$|\.(?:test|spec)\.\w+$|(?:Test|Tests|IT|Spec)\.(?:java|kt|scala|cs|swift|php)$"
)


def language_of(path: str) -> str:
    """The language by the file's name, "" if it has none here."""
    return LANGUAGES.get(PurePosixPath(path).suffix[1:].lower(), "")


def is_lock(path: str) -> bool:
    """Whether a package manager writes the file."""
    return PurePosixPath(path).name.lower() in LOCKS


def is_test(path: str) -> bool:
    """Whether the file belongs to tests, by the conventions of its language."""
    return _TEST.search(path) is not None


def is_binary(path: str) -> bool:
    """Whether a file of this name holds no text."""
    return _BINARY.search(path) is not None


def is_vendored(path: str) -> bool:
    """Whether the file is a copy of another project's."""
    return _VENDORED.search(path) is not None


def is_generated(path: str, text: str | None) -> bool:
    """Whether a program writes the file, by its name or by the mark in its first lines."""
    head = "\n".join((text or "")[:2_000].split("\n")[:6])
    return _GENERATED_NAME.search(path) is not None or _GENERATED_MARK.search(head) is not None
