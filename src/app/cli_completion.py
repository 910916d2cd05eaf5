"""`billwright completion`: the script that lets a shell complete our commands."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "billwright"
VARIABLE = "_BILLWRIGHT_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell, for example: eval "$(billwright completion bash)"."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"no completion for {shell}")
    script = kind(context.find_root().command, {}, PROGRAM, VARIABLE)
    click.echo(script.source())
