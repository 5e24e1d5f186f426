"""A typo stops the start with its name; every default runs."""

from pathlib import Path

import pytest

from hub.settings import BadSettings, Settings, load


def test_without_any_variable_everything_has_a_default() -> None:
    assert load({"PATH": "/bin"}) == Settings()


def test_values_become_what_they_mean() -> None:
    settings = load({"PHIEN_DATA": "/srv/a b", "PHIEN_PORT": "8500", "PHIEN_REDIS": "", "PHIEN_LOG": "json"})

    assert settings.data == Path("/srv/a b")
    assert (settings.port, settings.redis, settings.log) == (8500, None, "json")
    assert settings.public_url == "http://127.0.0.1:8500"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PHIEN_DATABSE", "x"),
        ("PHIEN_PORT", "many"),
        ("PHIEN_PORT", "70000"),
        ("PHIEN_LOG", "xml"),
        ("PHIEN_TLS_CERT", "a"),
        ("PHIEN_MQTT", "http://broker"),
        ("PHIEN_MQTT", "mqtt://broker:x"),
        ("PHIEN_MQTT_BIND", "0.0.0.0"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    with pytest.raises(BadSettings, match=variable):
        load({variable: value})


def test_behind_a_proxy_the_public_address_is_the_proxys() -> None:
    settings = load({"PHIEN_URL": "https://hop.xa.example/"})

    assert (settings.public_url, settings.secure) == ("https://hop.xa.example", True)
