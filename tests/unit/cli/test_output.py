"""What commands print: no control characters and no tokens, and the time until something happens."""

import ast
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from functions.core.authority import tokens
from hookline.cli.output import console, echo, echo_json, echo_link
from hookline.operator.times import until
from infra.bundling import ROOT

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=100)
KEY = "a key of 32 characters, or longer"
TOKENS = [tokens.sign(kind, {"expires": 1}, KEY) for kind in ("grant", "proposal", "link", "form")]
OUTPUT = ROOT / "hookline/cli/output.py"


def in_rich(text: str) -> None:
    """Print it in each kind of renderable; as a string it is also read as Rich's markup."""
    table, tree = Table(box=None), Tree(Text(text))
    table.add_column("text")
    table.add_row(Text(text))
    tree.add(Text(text, style="bold"))
    screen = console()
    screen.print(Text(text), table, tree)
    screen.print(text.replace("[", "("))


PRINT = {
    "echo": echo,
    "echo to standard error": lambda text: echo(text, err=True),
    "echo_json": lambda text: echo_json({text: [text]}),
    "echo_link": echo_link,
    "console": in_rich,
}


def printed(capsys, name: str, text: str) -> str:
    PRINT[name](text)
    return "".join(capsys.readouterr())


@pytest.mark.parametrize("name", PRINT)
def test_no_text_controls_the_terminal(capsys, name):
    @given(st.text() | st.text(alphabet="\x1b[]2JK;\x07\x7f\x9b\r\b\t\u202e\ud800a", max_size=30))
    @example("\x1b[2A\x1b[2K")
    @example("\x1b]8;;https://example.com\x1b\\\\a")
    @STABLE
    def of(text):
        assert [letter for letter in printed(capsys, name, text) if not letter.isprintable() and letter != "\n"] == []

    of()


@given(text=st.text())
@STABLE
def test_a_line_is_one_line(text):
    """No text from outside looks like a line of the command's own."""
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("click.echo", lambda line, err: lines.append(line))
        echo(text)
    assert [line.count("\n") for line in lines] == [0]


@pytest.mark.parametrize("token", TOKENS, ids=["grant", "proposal", "link", "form"])
@pytest.mark.parametrize("name", [name for name in PRINT if name != "echo_link"])
def test_a_token_is_not_printed(capsys, name, token):
    """Alone or in other text, JSON in JSON included."""
    for text in (token, f"a grant {token}, and more", json.dumps({"grant": token}), json.dumps(json.dumps([token]))):
        shown = printed(capsys, name, text)
        assert "not shown" in shown.replace("\n", " ")
        assert not any(part in shown for part in token.split("."))


def test_a_link_is_printed_with_its_token(capsys):
    """For people to follow."""
    link = f"https://reviews.example/reviews/{TOKENS[2]}"
    assert printed(capsys, "echo_link", link) == f"{link}\n"


def test_text_of_json_stays_json(capsys):
    assert json.loads(printed(capsys, "echo_json", "\x7f\x1bé")) == {"\x7f\x1bé": ["\x7f\x1bé"]}


def test_rich_makes_no_link_whose_target_is_hidden(capsys):
    console().print("[link=https://example.com]bank.example[/link]")
    assert capsys.readouterr().out == "bank.example\n"


BYPASSES = {"click.echo", "click.secho", "print", "Console", "sys.stdout.write", "sys.stderr.write"}


@pytest.mark.parametrize(
    "path",
    sorted(
        [*(ROOT / "hookline/cli").rglob("*.py"), *(ROOT / "hookline/demo").rglob("*.py"), ROOT / "hookline/__main__.py"]
    ),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_command_prints_in_another_way(path):
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    assert called & BYPASSES == ({"click.echo"} if path == OUTPUT else set())


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "any moment"),
        (0.5, "any moment"),
        (59, "in 59 s"),
        (119, "in 119 s"),
        (120, "in 2 min"),
        (7199, "in 119 min"),
        (7200, "in 2 h"),
        (3 * 3600 + 3599, "in 3 h"),
        (2 * 86_400, "in 2 days"),
        (30 * 86_400, "in 30 days"),
    ],
)
def test_a_time_until_is_in_the_largest_unit_that_it_has_two_of(seconds, said):
    """And never as later than it is."""
    assert until(seconds) == said
