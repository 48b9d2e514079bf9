"""`answerbeat import`: sends files to a gateway, as anybody may who has a token."""

import json
from pathlib import Path
from typing import Annotated, NoReturn

import httpx2
import typer

from answerbeat import settings
from answerbeat.jsons import JsonObject
from answerbeat.settings import stop_start

app = typer.Typer(help="Bring in what was got elsewhere.", no_args_is_help=True)

TYPES = {".csv": "text/csv"}
"""By the file's ending; all others are JSON lines."""
SECONDS = 120.0


@app.callback()
def _group() -> None:
    """Bring in what was got elsewhere."""


@app.command("answers")
def import_answers(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, or CSV where it ends in .csv.")],
    brand: Annotated[str, typer.Option(help="The brand's id.")],
    url: Annotated[str | None, typer.Option(help="The gateway's address; this machine's when left out.")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="ANSWERBEAT_TOKEN", help="An operator's token; else ANSWERBEAT_ADMIN_TOKEN.")
    ] = None,
) -> None:
    """Imports answers: all of a file's lines, or none, and then each fault by its line, with exit code 1."""
    loaded = settings.load()
    base = (url or f"http://127.0.0.1:{loaded.http_port}").rstrip("/")
    kind = TYPES.get(file.suffix.lower(), "application/x-ndjson")
    headers = {"authorization": f"Bearer {token or _own_token(loaded)}", "content-type": kind}
    at = f"{base}/api/admin/brands/{brand}/answers:import"
    try:
        answer = httpx2.post(at, content=file.read_bytes(), headers=headers, timeout=SECONDS, trust_env=bool(url))
        said = answer.json()
    except OSError as error:
        stop_start(f"{file}: {error.strerror}")
    except (httpx2.HTTPError, httpx2.InvalidURL, json.JSONDecodeError) as error:
        stop_start(f"--url: {base} can't be asked: {error}")
    if not answer.is_success:
        _refuse(said)
    typer.echo(_in_words(said))


def _own_token(loaded: settings.Settings) -> str:
    """The admin token of these settings. Stops the program where there is none."""
    if loaded.admin_token is None:
        stop_start("--token: give an operator's token, here or as ANSWERBEAT_TOKEN")
    return loaded.admin_token.get_secret_value()


def _in_words(said: JsonObject) -> str:
    run = f"; run {said['run']['id']}" if said["run"] else ""
    return f"{said['imported']} imported, {said['known']} known before{run}"


def _refuse(said: JsonObject) -> NoReturn:
    faults = [f"{fault['field']}: {fault['message']}" for fault in said.get("errors", [])]
    for fault in faults or [said["detail"]]:
        typer.echo(fault, err=True)
    raise typer.Exit(1)
