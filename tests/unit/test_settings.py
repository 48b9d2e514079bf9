"""A wrong variable stops the start, and its value is not shown."""

import pytest

from answerbeat import settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("JOB_WORKER_BATCH", "many"),
        ("ANSWERBEAT_HTTP_PORT", "70000"),
        ("DATABASE_URL", "mysql://secret-host/x"),
        ("ANSWERBEAT_ADMIN_TOKEN", "short-secret"),
        ("ANSWERBEAT_LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_stops_the_start_with_the_variables_name_and_is_not_shown(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.load.cache_clear()
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as stopped:
        settings.load()
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert variable in said
    assert value not in said


def test_a_variable_of_the_machine_is_not_mistaken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.setenv("HOST", "example")
    monkeypatch.delenv("ANSWERBEAT_HOME", raising=False)
    assert str(settings.Settings().home) == ".answerbeat"
    assert settings.Settings().host == "127.0.0.1"
