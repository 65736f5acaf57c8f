"""The reader of the documentation's blocks: what it compares, and what it lets pass."""

import pytest

from tests.local.printed import Block, Known, blocks, commands, path_of

PAGE = """Text.

```console
$ hookline send github opened
200 accepted github:72d3162e-cc78-11e3-81ab-4c9367dc0958
$ hookline up
```

```python
# functions/agents/own/agent.py
x = 1
```
"""


@pytest.fixture
def page():
    return blocks(PAGE)


def test_a_console_block_has_commands_with_their_output(page):
    send, up = commands(page[0])
    assert (send.words, send.line) == ("hookline send github opened", 4)
    assert send.output == ("200 accepted github:72d3162e-cc78-11e3-81ab-4c9367dc0958",)
    assert (up.words, up.output) == ("hookline up", ())


def test_another_block_is_the_file_that_its_first_line_names(page):
    assert path_of(page[1]) == "functions/agents/own/agent.py"


def test_a_block_that_names_no_file_is_an_error():
    with pytest.raises(ValueError, match="line 7: the block's first line names no file"):
        path_of(Block("python", "x = 1\n", 7))


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (["posted to alerts"], "posted to alerts\n"),
        (["posted … alerts"], "posted twice to alerts\n"),
        (["first", "…", "last"], "first\nsecond\nthird\nlast\n"),
        (["first", "…", "last"], "first\nlast\n"),
        (["  took 120 ms"], "    took 7.5 s\n"),
        (["github:72d3162e-cc78-11e3-81ab-4c9367dc0958"], "github:11111111-2222-3333-4444-555555555555\n"),
        (["one"], "zero\none\ntwo\n"),
    ],
)
def test_output_is_compared_but_for_what_varies(printed, said):
    assert Known().learn(tuple(printed), said)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (["posted to alerts"], "posted to alert\n"),
        (["posted to alerts"], "not posted to alerts\n"),
        (["first", "last"], "first\nsecond\nlast\n"),
        (["sent 2"], "sent 3\n"),
        (["7dcc325b1518 7dcc325b1518"], "111111111111 2222222222ab\n"),
        (["github:72d3162e-cc78-11e3-81ab-4c9367dc0958"], "stripe:72d3162e-cc78-11e3-81ab-4c9367dc0958\n"),
    ],
)
def test_output_that_differs_is_found(printed, said):
    assert not Known().learn(tuple(printed), said)


def test_an_id_stands_for_the_same_in_all_that_follows():
    known = Known()
    assert known.learn(("7dcc325b1518  waits",), "00000000000a  waits\n")
    assert known.said("hookline reviews approve 7dcc325b1518") == "hookline reviews approve 00000000000a"
    assert known.learn(("7dcc325b1518  approved",), "00000000000a  approved\n")
    assert not known.learn(("7dcc325b1518  approved",), "00000000000b  approved\n")
