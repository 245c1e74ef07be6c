"""Add the Markdown files of the root folder and of the examples to the site.

Their links work on GitHub and on the site, on which the pages of docs/ are in the root folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT_PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to those of docs/. MkDocs makes a README.md the page of its folder."""
    for name in ROOT_PAGES:
        text = Path(name).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name, content=text))
    for readme in sorted(Path("examples").glob("*/README.md")):
        text = readme.read_text(encoding="utf-8").replace("](../../docs/", "](../../")
        files.append(File.generated(config, readme.as_posix(), content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Point links from docs/ to a root page or an example at its place on the site."""
    return markdown if "/" in page.file.src_uri else markdown.replace("](../", "](")
