"""Templates escape and sanitize every printed value."""

from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup

from embedgate.report.templating import _environment, render
from embedgate.sanitize import html_text

HOSTILE = "\"'><svg onload=alert(1)> \u202e\x1b[31m\x00"
SAFE = "&#34;&#39;&gt;&lt;svg onload=alert(1)&gt; \ufffd\ufffd[31m\ufffd"


def rendered(source: str, **values: object) -> str:
    return _environment().from_string(source).render(values)


def test_render_escapes_values_and_returns_markup() -> None:
    fragment = render("figures/note.html.jinja", text=HOSTILE)

    assert isinstance(fragment, Markup)
    assert fragment == f'<p class="eg-note">{SAFE}</p>'


@pytest.mark.parametrize(
    "source",
    [
        "{{ name }}",
        "{{ [name] | join(', ') }}",
        "{% set copy = name %}{{ copy }}",
        "{% macro print(text) %}{{ text }}{% endmacro %}{{ print(name) }}",
    ],
)
def test_every_expression_is_escaped_and_sanitized_once(source: str) -> None:
    assert rendered(source, name=HOSTILE) == SAFE


def test_markup_and_numbers_are_printed_unchanged() -> None:
    assert rendered("{{ fragment }} {{ 3 }} {{ share }}", fragment=Markup("<b>1</b>"), share=0.5) == "<b>1</b> 3 0.5"
    assert html_text(html_text("<")) == "&lt;"


def test_undefined_values_and_unknown_templates_are_errors() -> None:
    with pytest.raises(UndefinedError, match="text"):
        render("figures/note.html.jinja")
    with pytest.raises(TemplateNotFound, match="missing"):
        render("missing.html.jinja")
