"""A group of commands that imports only the command that runs."""

import importlib
import pkgutil

import click

from hookline.cli import commands
from hookline.cli.hinting_group import HintingGroup


class LazyGroup(HintingGroup):
    """The commands of `hookline/cli/commands`: `dead-letters` is the function `dead_letters` of dead_letters.py."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, without importing one."""
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, None if there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"{commands.__name__}.{name}"), name)
        return command
