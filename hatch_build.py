"""Add the suite and the gate flow to the wheel, as `embedgate.quality_checks`, `.fixtures` and `.flows`.

A static `force-include` would also copy the folders for an editable install, in which the copies become stale with
the next edit. A hook knows which of the two is built.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GATE_FLOW = "flows/quality_gate_flow.py"


class CustomBuildHook(BuildHookInterface[Any]):
    """Add them to a standard wheel, but not to an editable wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend the files that hatchling includes in the wheel."""
        if version == "standard":
            for folder in ("quality_checks", "fixtures"):
                build_data["force_include"][folder] = f"embedgate/{folder}"
            build_data["force_include"][GATE_FLOW] = f"embedgate/{GATE_FLOW}"
