"""Add the Markdown files of the root folder to the site, so that their links work on GitHub and on the site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

ROOT_PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the root pages beside those of docs/. MkDocs makes README.md the home page."""
    for name in ROOT_PAGES:
        text = Path(name).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Point links from docs/ to a root page at its place on the site."""
    return markdown.replace("](../", "](")
