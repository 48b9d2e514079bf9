"""Every environment variable the services read, typed, with its default and unit.

Read once at start. A wrong value stops the start and names the variable. Keys of answer
engines are not here: each collector names its own (see worker_svc/collectors).
"""

import sys
from functools import lru_cache
from pathlib import Path
from typing import Literal, NoReturn

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The environment. A field's alias is the variable's name."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    database_url: SecretStr | None = Field(None, alias="DATABASE_URL")
    """postgresql://user:password@host:port/database. `up` sets it to its embedded server."""

    scheduler_poll_ms: int = Field(60_000, alias="JOB_SCHEDULER_POLL_MS", ge=100, le=3_600_000)
    """The longest the planner sleeps, in milliseconds. It wakes earlier for a due schedule."""
    scheduler_batch: int = Field(25, alias="JOB_SCHEDULER_BATCH", ge=1, le=10_000)
    """Schedules planned in one transaction."""
    worker_poll_ms: int = Field(30_000, alias="JOB_WORKER_POLL_MS", ge=100, le=60_000)
    """The longest a worker waits for work in one call, in milliseconds."""
    worker_batch: int = Field(5, alias="JOB_WORKER_BATCH", ge=1, le=1_000)
    """Runs at once in one worker."""

    lease_seconds: int = Field(30, alias="ANSWERBEAT_LEASE_SECONDS", ge=2, le=3_600)
    """How long a run stays a silent worker's before another may have it."""
    call_timeout_seconds: int = Field(180, alias="ANSWERBEAT_CALL_TIMEOUT_SECONDS", ge=1, le=3_600)
    """How long an engine may take to answer one question."""
    parallel_calls: int = Field(8, alias="ANSWERBEAT_PARALLEL_CALLS", ge=1, le=200)
    """Calls at once of one run that is `parallel`."""
    batch_poll_seconds: float = Field(60, alias="ANSWERBEAT_BATCH_POLL_SECONDS", gt=0, le=3_600)
    """Between two looks whether a batch is answered."""
    follow_redirects: bool = Field(True, alias="ANSWERBEAT_FOLLOW_REDIRECTS")
    """Whether an engine's redirects are followed to the pages that they stand for; only their own host is asked."""
    prices: Path | None = Field(None, alias="ANSWERBEAT_PRICES")
    """A JSON file of model prices that adds to the built-in ones: {"gpt-5": {"input": 1.0, "output": 8.0}}."""
    drain_seconds: int = Field(25, alias="ANSWERBEAT_DRAIN_SECONDS", ge=0, le=600)
    """How long a stopping service may take to finish or hand back what runs."""

    keep_runs_days: int = Field(0, alias="ANSWERBEAT_KEEP_RUNS_DAYS", ge=0, le=36_500)
    """Runs that ended longer ago are deleted, with their calls and answers. 0 keeps them for ever."""
    keep_events_days: int = Field(400, alias="ANSWERBEAT_KEEP_EVENTS_DAYS", ge=0, le=36_500)
    """Decisions about schedules that are older are deleted. 0 keeps them for ever."""

    home: Path = Field(Path(".answerbeat"), alias="ANSWERBEAT_HOME")
    """Where `up` keeps its database and its token."""
    host: str = Field("127.0.0.1", alias="ANSWERBEAT_HOST")
    """The address the services bind."""
    http_port: int = Field(8080, alias="ANSWERBEAT_HTTP_PORT", ge=1, le=65_535)
    scheduler_port: int = Field(50051, alias="ANSWERBEAT_SCHEDULER_PORT", ge=1, le=65_535)
    worker_port: int = Field(50052, alias="ANSWERBEAT_WORKER_PORT", ge=1, le=65_535)
    brand_port: int = Field(50053, alias="ANSWERBEAT_BRAND_PORT", ge=1, le=65_535)
    emulator_port: int = Field(8090, alias="ANSWERBEAT_EMULATOR_PORT", ge=1, le=65_535)

    scheduler_address: str | None = Field(None, alias="ANSWERBEAT_SCHEDULER_ADDRESS")
    """host:port of scheduler_svc; this machine's when unset."""
    brand_address: str | None = Field(None, alias="ANSWERBEAT_BRAND_ADDRESS")
    """host:port of brand_svc; this machine's when unset."""

    admin_token: SecretStr | None = Field(None, alias="ANSWERBEAT_ADMIN_TOKEN")
    """A token with every right of a person, that needs no row in the database."""
    service_token: SecretStr | None = Field(None, alias="ANSWERBEAT_SERVICE_TOKEN")
    """What workers show the scheduler. The admin token when unset."""

    log_format: Literal["auto", "console", "json"] = Field("auto", alias="ANSWERBEAT_LOG_FORMAT")
    """auto: console in a terminal, else JSON."""
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", alias="ANSWERBEAT_LOG_LEVEL")

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator("admin_token", "service_token")
    @classmethod
    def _is_long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters")
        return value

    @property
    def scheduler_target(self) -> str:
        """host:port at which scheduler_svc is called."""
        return self.scheduler_address or f"127.0.0.1:{self.scheduler_port}"

    @property
    def brand_target(self) -> str:
        """host:port at which brand_svc is called."""
        return self.brand_address or f"127.0.0.1:{self.brand_port}"

    @property
    def service_secret(self) -> str | None:
        """The token services show one another."""
        token = self.service_token or self.admin_token
        return token.get_secret_value() if token else None

    def require_database_url(self) -> str:
        """The database's address: DATABASE_URL's, else a running `answerbeat up`'s. Stops the program without one."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        if not self.running_address.exists():
            stop_start("DATABASE_URL is not set, and no `answerbeat up` runs here. Give it a postgresql:// address.")
        return self.running_address.read_text().strip()

    @property
    def running_address(self) -> Path:
        """Where `answerbeat up` writes the address of its database while it runs."""
        return self.home / "database-url"


def stop_start(*lines: str) -> NoReturn:
    """Ends the program with exit code 2, each line on stderr."""
    for line in lines:
        print(f"answerbeat: {line}", file=sys.stderr)
    raise SystemExit(2)


@lru_cache
def load() -> Settings:
    """The settings of this process. Stops it, naming each variable at fault, when one is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        # The value is left out: it may be a secret.
        stop_start(*(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False)))
