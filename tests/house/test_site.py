"""What a site names in its settings is tried before anything starts; a fault is one sentence that names the setting."""

import socket
from ipaddress import IPv4Address
from pathlib import Path

import msgspec
import onnx
import pytest
from onnx import TensorProto, helper

from hub import lan
from hub.check import findings
from hub.children.process import CannotStart
from hub.settings import BadSettings, Settings, load
from hub.site import check_site


def model_of(folder: Path, *shape: int | str) -> Path:
    """A model that a site might have: it is one in form."""
    folder.mkdir()
    floats = TensorProto.FLOAT
    node = helper.make_node("Identity", ["in"], ["out"])
    graph = helper.make_graph(
        [node],
        "site",
        [helper.make_tensor_value_info("in", floats, shape)],
        [helper.make_tensor_value_info("out", floats, shape)],
        [helper.make_tensor("weights", floats, [1000], [0.5] * 1000)],
    )
    onnx.save(helper.make_model(graph), str(folder / "model.onnx"))
    (folder / "tokenizer.json").write_text("{}")
    return folder


def refused(settings: Settings) -> str:
    with pytest.raises(CannotStart) as refusal:
        check_site(settings, lambda _: None)
    said = str(refusal.value)
    assert "\n" not in said
    return said


def test_a_site_that_named_nothing_has_nothing_to_fear(tmp_path: Path) -> None:
    told: list[str] = []

    check_site(Settings(data=tmp_path), told.append)

    assert told == []


def test_the_rooms_mqtt_port_in_use_is_said_with_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"

        assert "is in use" in (said := refused(Settings(data=tmp_path, mqtt_bind=place)))
        assert "PHIEN_MQTT_BIND" in said
    assert "PHIEN_MQTT_BIND" in refused(Settings(data=tmp_path, mqtt_bind="192.0.2.1:1883"))


def test_a_certificate_that_cannot_be_used_is_said_with_its_setting(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    ours = lan.certificates(tmp_path / "a", [IPv4Address("127.0.0.1")])
    other = lan.certificates(tmp_path / "b", [IPv4Address("127.0.0.1")])

    def mqtt(cert: Path, key: Path) -> Settings:
        return Settings(data=tmp_path, mqtt_bind="127.0.0.1:0", mqtt_tls_cert=cert, mqtt_tls_key=key)

    assert "PHIEN_MQTT_TLS" in refused(mqtt(tmp_path / "none.pem", ours.key))
    assert "PHIEN_MQTT_TLS" in refused(mqtt(ours.leaf, other.key))
    assert "PHIEN_TLS" in refused(Settings(data=tmp_path, tls_cert=ours.leaf, tls_key=other.key))
    check_site(mqtt(ours.leaf, ours.key), lambda _: None)


def test_tls_for_the_room_is_a_pair_and_needs_an_address() -> None:
    with pytest.raises(BadSettings, match="go together"):
        load({"PHIEN_MQTT_BIND": "0.0.0.0:8883", "PHIEN_MQTT_TLS_CERT": "/x"})
    with pytest.raises(BadSettings, match="PHIEN_MQTT_BIND, which is not set"):
        load({"PHIEN_MQTT_TLS_CERT": "/x", "PHIEN_MQTT_TLS_KEY": "/y"})


def test_check_says_whether_others_on_the_rooms_network_may_listen(tmp_path: Path) -> None:
    def said(settings: Settings) -> str:
        return next(line.text for line in findings(settings, chain=False) if "  broker" in line.text)

    bare = Settings(data=tmp_path, mqtt_bind="0.0.0.0:1883")

    assert "for this machine only" in said(Settings(data=tmp_path))
    assert "without TLS" in said(bare)
    assert "with TLS" in said(msgspec.structs.replace(bare, mqtt_tls_cert=tmp_path, mqtt_tls_key=tmp_path))


def test_a_model_of_other_dimensions_is_refused_in_words_at_the_start_and_by_check(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, embedding_model=model_of(tmp_path / "large", "batch", "tokens", 768))

    assert "PHIEN_EMBEDDING_MODEL" in (said := refused(settings))
    assert "768 dimensions; the index keeps 384" in said
    (bad,) = [line for line in findings(settings, chain=False) if "768" in line.text]
    assert bad.mark == "BAD"


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"not a model at all"])
def test_a_file_that_is_no_model_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)

    assert "PHIEN_EMBEDDING_MODEL" in refused(Settings(data=tmp_path, embedding_model=tmp_path))


def test_a_model_whose_dimensions_are_not_said_is_refused_and_one_that_fits_is_taken(tmp_path: Path) -> None:
    unsaid = model_of(tmp_path / "unsaid", "batch", "tokens", "width")
    fitting = model_of(tmp_path / "fitting", "batch", "tokens", 384)

    assert "does not say" in refused(Settings(data=tmp_path, embedding_model=unsaid))
    check_site(Settings(data=tmp_path, embedding_model=fitting), lambda _: None)


def test_a_model_that_is_not_there_yet_keeps_no_meeting_from_starting(tmp_path: Path) -> None:
    told: list[str] = []

    check_site(Settings(data=tmp_path, embedding_model=tmp_path / "nowhere"), told.append)

    assert "search goes on by words" in told[0]
