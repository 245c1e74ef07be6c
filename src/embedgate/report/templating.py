"""Render the report's Jinja2 templates with every value escaped and sanitized."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from embedgate.sanitize import html_text


def render(name: str, **values: object) -> Markup:
    """Render a template of `embedgate.report/templates`.

    Names of tracks, genres and runs may be passed unescaped: every value that is not `Markup` is escaped, and its
    control characters and bidirectional overrides are replaced. An undefined value is an error.

    Args:
        name: path below `templates`, such as "figures/table.html.jinja".
        values: variables of the template.
    """
    return Markup(_environment().get_template(name).render(values))  # noqa: S704 - escaped by the environment


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("embedgate.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=html_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )
