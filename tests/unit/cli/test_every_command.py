"""What holds for every command and subcommand, found by walking them: wrong names, and no local stack."""

import sys
from functools import partial

import click
import pytest

from hookline.__main__ import hookline, main
from hookline.local import sandbox, stack

# Near to several names, and itself no name that anything could have.
WRONG = "fraud!"
# What is given for a required option, and for an argument that is right, by its name.
OPTIONS = {"name": "ada", "reason": "tests", "id": "1"}
RIGHT = {"name": "fraud", "agent": "fraud", "provider": "gitlab", "source": "gitlab"}
# What else a command needs to be right, or what it is right without.
ALSO = {"dead-letters discard": ["--all"]}
WITHOUT = {"audit verify": ["file"], "secrets set": ["value"]}
# These refuse, before they do anything, for another reason: no terminal is there to ask at.
ASKS_FIRST = {"deploy": "there is no terminal"}
# With --aws these look at another deployment's settings, and at no stack.
NO_STACK = {"check"}
NEEDS_STACK = [["sandbox", "slack"], ["send", "stripe", "charge_succeeded__ordinary"], ["sources", "test", "stripe"]]


def walk(command, words=()):
    """Every command with its words, groups included."""
    yield list(words), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*words, name))


EVERY = list(walk(hookline))
GROUPS = [(words, command) for words, command in EVERY if isinstance(command, click.Group)]
LEAVES = [(words, command) for words, command in EVERY if not isinstance(command, click.Group)]
ON_A_STACK = [
    (words, command)
    for words, command in EVERY
    if " ".join(words) not in NO_STACK and any(one.name == "aws" for one in command.params)
]


def named(commands):
    return [" ".join(words) or "hookline" for words, _ in commands]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs the command as a shell would, with no stack in its state folder: the exit code, and all that it says."""
    for module, names in ((stack, ("find", "find_emulated", "down", "asked_for")), (sandbox, ("find",))):
        for name in names:
            monkeypatch.setattr(module, name, partial(_anew(getattr(module, name)), tmp_path))
    monkeypatch.setattr(stack, "up", lambda *_, **__: pytest.fail("a wrong command line starts the stack"))

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["hookline", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return end.value.code, said.out + said.err

    return command


def _anew(find):
    """The function with the state folder that the test gives, whatever the caller gives."""
    return lambda state, *_: find(state)


def arguments(words, command, value):
    """An argument vector in which each argument has this value, and each required option one that is right."""
    without, also = WITHOUT.get(" ".join(words), ()), ALSO.get(" ".join(words), ())
    given = [one for one in command.params if isinstance(one, click.Argument) and one.name not in without]
    options = [one for one in command.params if isinstance(one, click.Option) and one.required]
    return [
        *map(value, given),
        *also,
        *(word for one in options for word in (one.opts[-1], OPTIONS.get(one.name, "x"))),
    ]


def test_the_walk_finds_commands_and_their_subcommands():
    """Otherwise the tests below would look at nothing."""
    assert {"agents", "agents show", "secrets set", "send"} <= set(named(EVERY))


@pytest.mark.parametrize(("words", "command"), GROUPS, ids=named(GROUPS))
def test_an_unknown_subcommand_gets_the_nearest_and_exit_code_2(run, words, command):
    """In every group."""
    for name in command.list_commands(click.Context(command)):
        code, said = run(*words, f"{name}x")
        assert (code, f"(did you mean {name}?)" in said) == (2, True)
    code, said = run(*words, "zzzzzz")
    assert (code, "(known: " in said) == (2, True)


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=named(LEAVES))
def test_a_wrong_name_gets_words_and_no_traceback(run, words, command):
    """An unknown name has exit code 2; what is looked up on a stack says first that there is none."""
    given = arguments(words, command, lambda _: WRONG) or [WRONG]
    code, said = run(*words, *given)
    if advice := ASKS_FIRST.get(" ".join(words)):
        assert (code, advice in said) == (1, True)
    elif words[0] == "new":  # it takes a name that is unknown, and says what one looks like
        assert (code, WRONG in said) == (1, True)
    elif code == 1:
        assert "hookline up" in said and any(one.name == "aws" for one in command.params)
    else:
        assert code == 2
        assert WRONG in said


@pytest.mark.parametrize(("words", "command"), ON_A_STACK, ids=named(ON_A_STACK))
def test_without_a_stack_a_command_names_the_one_that_starts_it(run, words, command):
    """Whether it could also work on AWS or not."""
    group = isinstance(command, click.Group)
    given = [] if group else arguments(words, command, lambda one: RIGHT.get(one.name, "12345678"))
    _, said = run(*words, *given)
    assert "hookline up" in said


@pytest.mark.parametrize("words", NEEDS_STACK, ids=" ".join)
def test_without_a_stack_a_local_command_names_the_one_that_starts_it(run, words):
    """These work on the local stack only."""
    code, said = run(*words)
    assert code == 1
    assert "the local stack is not up: run 'hookline up" in said
