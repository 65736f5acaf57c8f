"""A group whose unknown subcommands get the nearest name."""

import click

from hookline.validation.findings import hint


class HintingGroup(click.Group):
    """A group of commands. An unknown one ends with exit code 2 and the nearest name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with. Ends with exit code 2 and the nearest name if it does not exist."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            above = ctx.command_path.partition(" ")[2]
            words = f"{above} {name}".strip()
            ctx.fail(f"there is no command {words!r}{hint(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)
