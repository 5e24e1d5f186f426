"""Value templates: the safe common forms are read, everything else is refused, nothing is evaluated."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.templates import PLAIN, TemplateRefused, Unreadable, number, parse_template


@pytest.mark.parametrize(
    ("template", "payload", "value"),
    [
        ("{{ value }}", b"21.5", "21.5"),
        ("{{value|float}}", b"21.5", 21.5),
        ("{{ value_json.temperature }}", b'{"temperature": 21.5}', 21.5),
        ("{{ value_json['SHT3X'].Temperature | round(1) }}", b'{"SHT3X": {"Temperature": 21.5512}}', 21.6),
        ('{{ value_json["a b"][1] }}', b'{"a b": [1, 2]}', 2),
        ("{{ value_json.POWER | lower }}", b'{"POWER": "ON"}', "on"),
        ("{{ value_json.t | float(0) | int }}", b'{"t": "x"}', 0),
        ("{{ value_json.t | default('off') }}", b"{}", "off"),
        ("{{- value_json.occupancy -}}", b'{"occupancy": true}', True),
    ],
)
def test_common_forms_are_read(template, payload, value):
    assert parse_template(template).read(payload) == value


@pytest.mark.parametrize(
    "template",
    [
        "{% if value %}1{% endif %}",
        "{{ value_json.a + 1 }}",
        "{{ value_json.__class__() }}",
        "{{ states('light.a') }}",
        "{{ value }} {{ value }}",
        "on: {{ value }}",
        "{{ value.upper }}",
        "{{ value | safe }}",
        "{{ value | round(99) }}",
        "{{ value_json[__import__('os')] }}",
        "{{ value_json.a | default }}",
        "{{ value_json." + "a" * 500 + " }}",
        "",
    ],
)
def test_other_forms_are_refused(template):
    with pytest.raises(TemplateRefused):
        parse_template(template)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_no_message_breaks_a_template(payload):
    for template in (PLAIN, parse_template("{{ value_json.a['b'][0] | float | round(1) }}")):
        try:
            template.read(payload)
        except Unreadable:
            continue


def test_deeply_nested_json_is_unreadable_not_a_crash():
    with pytest.raises(Unreadable):
        parse_template("{{ value_json.a }}").read(b"[" * 16_000)


@pytest.mark.parametrize("word", ["nan", "inf", "1e999", "unavailable", "", None, True, [1]])
def test_only_finite_numbers_are_numbers(word):
    with pytest.raises(Unreadable):
        number(word)
