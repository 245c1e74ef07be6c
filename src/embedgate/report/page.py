"""HTML pages that contain the report, and the content security policy that protects their readers.

Every value in the report is escaped. If the escaping failed, the policy would still prevent scripts: it allows only
those that embedgate ships, by their hashes. A policy in a page cannot forbid a `<meta>` element that redirects to
another page: only the escaping protects against that.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from embedgate.report import live_map
from embedgate.report.bundle import bundle
from embedgate.report.html import STYLE
from embedgate.report.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterable

SORTING: str = bundle(files("embedgate.report"), "sorting")
"""Makes tables sortable; must come after the report in the page."""


def standalone(fragment: Markup, *, title: str = "embedgate") -> str:
    """Return a whole HTML document that contains a report.

    Args:
        fragment: as `embedgate.report.html.render` returns it.
        title: plain text.
    """
    return str(
        render(
            "page.html.jinja",
            head=secured_head([SORTING, live_map.SCRIPT]),
            style=STYLE,
            title=title,
            fragment=fragment,
            script=SORTING,
        )
    )


def framed(page: str) -> str:
    """Return a whole document as one line of HTML, for a page that renders Markdown, such as a Metaflow card.

    The frame keeps the document's policy and styles apart from those of the page. A sandbox without
    `allow-same-origin` keeps its scripts from the page, too.
    """
    # an empty line would end the block of HTML, and indented lines would become code
    source = escape(page).replace("\n", Markup("&#10;"))
    return (
        f'<iframe title="embedgate report" sandbox="allow-scripts allow-popups" srcdoc="{source}" '
        'style="width:100%;height:90vh;border:0"></iframe>'
    )


def secured_head(scripts: Iterable[str]) -> str:
    """Return the first elements of a head: the policy, which applies to what follows it, generator and viewport.

    Args:
        scripts: the scripts that the policy allows.
    """
    hashes = " ".join(f"'{script_hash(each)}'" for each in scripts)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; media-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="generator" content="embedgate">\n'  # a later gate run may replace the file
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
    )


def script_hash(script: str) -> str:
    """Return the hash by which a policy allows a script, `sha256-...`; it includes whitespace around the script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
