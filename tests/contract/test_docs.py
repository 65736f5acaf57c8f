"""Links between the pages of the documentation lead somewhere."""

import re
from pathlib import Path

import pytest

from infra.bundling import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """The text of a page without its code."""
    return FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    """The links of a page to files that do not exist, or to headings that a page does not have."""
    found = []
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if "://" not in link and (not target.exists() or (anchor and anchor not in anchors(target))):
            found.append(link)
    return found


def test_there_are_pages_with_links():
    assert ROOT / "README.md" in PAGES
    assert sum(len(LINK.findall(prose(page))) for page in PAGES) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_resolve(page):
    assert broken(page) == []


def test_a_link_to_a_missing_page_or_heading_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A page's title\n[a](gone.md) [b](#gone) [c](#a-pages-title) [d](https://example.com/x.md)\n")
    assert broken(page) == ["gone.md", "#gone"]


def test_the_pages_that_the_code_names_exist():
    files = [file for folder in ("functions", "hookline", "infra") for file in (ROOT / folder).rglob("*.py")]
    named = {page for file in files for page in re.findall(r"\bdocs/[\w/-]+\.md", file.read_text("utf-8"))}
    assert named
    assert [page for page in sorted(named) if not (ROOT / page).is_file()] == []


QUOTED = re.compile(r"^\| ((?:`[^`]+`(?:, )?)+) \|", re.MULTILINE)


def test_the_messages_that_troubleshooting_explains_are_the_codes_own():
    """A message that is worded differently, or gone, would send its reader nowhere."""
    folders = ("functions", "hookline", "infra")
    code = "".join(file.read_text("utf-8") for folder in folders for file in (ROOT / folder).rglob("*.py"))
    rows = QUOTED.findall((ROOT / "docs/troubleshoot.md").read_text("utf-8"))
    messages = [message for row in rows for message in re.findall(r"`([^`]+)`", row)]
    assert len(messages) > 30
    parts = [part.strip(" ,:") for message in messages for part in message.split("…")]
    # A literal may be split over two lines of code.
    joined = re.sub(r'"\s*\n\s*f?"', "", code)
    assert [part for part in parts if part not in joined] == []
