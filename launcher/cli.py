"""The command `answerbeat`. What a command needs is imported by it alone, so that each starts fast."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from answerbeat import settings
from answerbeat.telemetry import configure_logging

app = typer.Typer(
    help="Asks AI answer engines a brand's questions on a schedule, and scores the answers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
token_app = typer.Typer(help="Tokens for the HTTP and gRPC APIs.", no_args_is_help=True)
app.add_typer(token_app, name="token")


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="Emulate the engines, and seed a demo customer.")] = True,
) -> None:
    """Starts everything on this machine, on an embedded PostgreSQL, until Ctrl-C."""
    from launcher import laptop

    configure_logging(settings.load(), "up")
    laptop.run(settings.load(), is_demo=demo)


@app.command()
def scheduler(
    migrate: Annotated[bool, typer.Option(help="Bring the database to the newest schema first.")] = False,
) -> None:
    """Runs scheduler_svc: schedules, runs, leases."""
    from scheduler_svc import main

    loaded = settings.load()
    configure_logging(loaded, "scheduler_svc")
    if migrate:
        _migrate(loaded)
    main.run(loaded)


@app.command()
def worker() -> None:
    """Runs worker_svc: asks the engines and scores the answers."""
    from worker_svc import main

    configure_logging(settings.load(), "worker_svc")
    main.run(settings.load())


@app.command()
def brand() -> None:
    """Runs brand_svc: customers, brands, and what was learned."""
    from brand_svc import main

    configure_logging(settings.load(), "brand_svc")
    main.run(settings.load())


@app.command()
def gateway() -> None:
    """Runs admin_gateway: the HTTP API."""
    from admin_gateway import app as gateway_app

    configure_logging(settings.load(), "admin_gateway")
    gateway_app.run(settings.load())


@app.command()
def emulator(
    seed: Annotated[int, typer.Option(help="Other seeds give other answers.")] = 1,
    latency_ms: Annotated[int, typer.Option(min=0, help="Mean time an answer takes.")] = 300,
    replay: Annotated[Path | None, typer.Option(help="A folder of recordings, served under /replay.")] = None,
) -> None:
    """Runs the engine emulator: the engines' side of the wire, for nothing."""
    from engine_emulator.app import Emulation, serve

    loaded = settings.load()
    configure_logging(loaded, "engine_emulator")
    serve(Emulation(seed, latency_ms, replay), loaded.host, loaded.emulator_port)


@app.command()
def collectors() -> None:
    """Lists the engines that can be asked with the keys in this environment, and what the others lack."""
    import os

    from worker_svc.engines import Engines

    for name, engine in Engines.from_environment(os.environ, 1).all.items():
        typer.echo(f"{name:<18} {engine.title:<20} {engine.missing or f'ready, asks {engine.model}'}")


@app.command()
def migrate() -> None:
    """Brings the database to the newest schema."""
    configure_logging(settings.load(), "migrate")
    _migrate(settings.load())


@app.command()
def demo() -> None:
    """Seeds the demo customer into running services, unless it is there."""
    import grpc

    from launcher.demo import seed

    configure_logging(settings.load(), "demo")
    try:
        asyncio.run(seed(settings.load()))
    except grpc.aio.AioRpcError as error:
        settings.stop_start(f"the demo could not be seeded: {error.details()}")


@app.command()
def healthy(
    address: Annotated[str, typer.Argument(help="host:port of a gRPC service, or the URL of a health page.")],
) -> None:
    """Exits with 0 when a service can serve, for health checks of containers."""
    from launcher.health import why_not

    why = asyncio.run(why_not(address))
    if why:
        settings.stop_start(f"{address} {why}")


@token_app.command("create")
def token_create(
    role: Annotated[str, typer.Option(help="viewer, operator or admin.")],
    name: Annotated[
        str | None, typer.Option(help="Who uses it; stands beside what they do. The role if unset.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Id of the only customer it may see.")] = None,
) -> None:
    """Makes a token and prints it, which is the only time it can be seen."""
    from brand_svc.catalog.api.token_command import create

    typer.echo(
        asyncio.run(create(settings.load().require_database_url(), role if name is None else name, role, customer))
    )


@token_app.command("list")
def token_list() -> None:
    """Lists the tokens that were given out, without their secrets."""
    from brand_svc.catalog.api.token_command import list_tokens

    for line in asyncio.run(list_tokens(settings.load().require_database_url())):
        typer.echo(line)


@token_app.command("revoke")
def token_revoke(token_id: Annotated[str, typer.Argument(help="Its id, as `token list` shows it.")]) -> None:
    """Makes a token worthless, within seconds."""
    from brand_svc.catalog.api.token_command import revoke

    asyncio.run(revoke(settings.load().require_database_url(), token_id))


def _migrate(loaded: settings.Settings) -> None:
    from answerbeat.schema.migrate import migrate_when_up

    migrate_when_up(loaded.require_database_url())


def main() -> None:
    """Runs the command line."""
    import sys

    if sys.argv[1:2] == ["try"]:
        from launcher import tryout

        app.add_typer(tryout.app, name="try")
    else:
        app.command("try", help="Try a rule, or an engine: no database, nothing stored.")(lambda: None)
    if sys.argv[1:2] == ["import"]:
        from launcher import imports

        app.add_typer(imports.app, name="import")
    else:
        app.command("import", help="Bring in what was got elsewhere, such as answers.")(lambda: None)
    app()
