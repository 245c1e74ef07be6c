"""Render the report's Jinja2 templates with every value escaped and sanitised."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from embedgate.report.markup import safe


def render(name: str, **values: object) -> Markup:
    """Render a template of `embedgate.report/templates`.

    Names of tracks, genres and runs may be passed as they are: every value is escaped, and its control characters and
    bidirectional overrides are replaced, unless it is `Markup` already. An undefined value is an error.

    Args:
        name: path below `templates`, such as "figures/table.html.jinja".
        values: variables of the template.
    """
    return Markup(_environment().get_template(name).render(values))  # noqa: S704 - escaped by the environment


def safe_text(value: object) -> Markup:
    """Escape and sanitise a value; return `Markup` unchanged.

    Templates do this to every expression that they print. As a filter it is needed only before text is joined with
    markup: `{{ heading ~ (name | safe_text) }}`.
    """
    return value if isinstance(value, Markup) else Markup(safe(str(value)))  # noqa: S704 - `safe` escapes


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("embedgate.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=safe_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["safe_text"] = safe_text
    return environment
