"""What can be set, from where, and what is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from index.build import BuildSettings
from index.errors import SettingInvalid
from rag.settings import Mode, Settings, default_store, load_settings, mode_of


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_QA_STORE", raising=False)


def test_defaults() -> None:
    settings = load_settings()
    assert settings == Settings(
        store=default_store(), encoders=("e5-tuned", "use-m3"), mode=Mode.BEST, target_passage=420
    )
    assert settings.build == BuildSettings(("e5-tuned", "use-m3"), 420)


def test_the_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_QA_STORE", "from-environment")
    assert load_settings().store == Path("from-environment")
    assert load_settings("given").store == Path("given")
    assert load_settings(Path("given")).store == Path("given")
    monkeypatch.setenv("DIGEST_QA_MODE", "fast")
    assert load_settings().mode is Mode.FAST
    assert load_settings(mode=Mode.BEST).mode is Mode.BEST
    assert load_settings(mode="best").mode is Mode.BEST
    monkeypatch.setenv("DIGEST_QA_MODE", "quick")
    assert load_settings(mode=Mode.FAST).mode is Mode.FAST


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORE", "ENCODERS", "MODE", "TARGET_PASSAGE"):
        monkeypatch.setenv(f"DIGEST_QA_{name}", "")
    assert load_settings() == Settings(store=default_store())


@pytest.mark.parametrize("value", ['["e5-small", "BAAI/bge-m3"]', "e5-small,BAAI/bge-m3", " e5-small , BAAI/bge-m3 ,"])
def test_encoders_are_a_list_with_commas_or_json(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DIGEST_QA_ENCODERS", value)
    assert load_settings().encoders == ("e5-small", "BAAI/bge-m3")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("TARGET_PASSAGE", "5000", r"DIGEST_QA_TARGET_PASSAGE: .*500.*'5000'"),
        ("TARGET_PASSAGE", "49", r"DIGEST_QA_TARGET_PASSAGE: .*50.*'49'"),
        ("TARGET_PASSAGE", "long", r"DIGEST_QA_TARGET_PASSAGE: .*'long'"),
        ("MODE", "quick", r"DIGEST_QA_MODE: .*'best' or 'fast' \(it is 'quick'\)"),
        ("MODE", "Best", r"DIGEST_QA_MODE: .*'best' or 'fast' \(it is 'Best'\)"),
        ("ENCODERS", "[", "DIGEST_QA_ENCODERS: "),
        ("ENCODERS", "[1]", "DIGEST_QA_ENCODERS: "),
        ("ENCODERS", ",", "DIGEST_QA_ENCODERS: .*at least 1"),
        ("ENCODER", "e5-small", r"unknown settings: DIGEST_QA_ENCODER \(there are .*DIGEST_QA_ENCODERS"),
    ],
)
def test_what_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str) -> None:
    monkeypatch.setenv(f"DIGEST_QA_{name}", value)
    with pytest.raises(SettingInvalid, match=problem) as refused:
        load_settings()
    assert refused.value.exit_code == 2
    assert refused.value.remedy == "mend the DIGEST_QA_ variables of the environment"


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_QA_CACHE", "/somewhere")
    monkeypatch.setenv("DIGEST_QA_SHARED", "/elsewhere")
    monkeypatch.setenv("DIGESTION", "x")
    assert load_settings().target_passage == 420


@pytest.mark.parametrize("name", ["quick", "", "BEST"])
def test_a_mode_that_does_not_exist(name: str) -> None:
    assert [mode_of("best"), mode_of("fast"), mode_of(Mode.FAST)] == [Mode.BEST, Mode.FAST, Mode.FAST]
    for ask in (mode_of, lambda mode: load_settings(mode=mode)):
        with pytest.raises(SettingInvalid) as refused:
            ask(name)
        assert str(refused.value) == f"there is no mode {name!r}; choose best or fast"


def test_unknown_names_in_python_are_errors() -> None:
    with pytest.raises(ValidationError, match="top_kk"):
        Settings(top_kk=5)  # type: ignore[call-arg]
