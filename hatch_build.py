"""Puts the suite into the wheel: `embedgate.quality_checks` and `embedgate.fixtures`.

A static force-include would also copy the folders on an editable install, stale from the next edit on; a hook
can tell the two apart.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the two folders to a standard wheel, and to no editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend what hatchling puts into the wheel."""
        if version == "standard":
            for folder in ("quality_checks", "fixtures"):
                build_data["force_include"][folder] = f"embedgate/{folder}"
