"""Run the gate as a Metaflow flow. docs/flow.md describes it.

    python flows/quality_gate_flow.py run --flow ModelingFlow --shards 3
    python flows/quality_gate_flow.py run --flow ModelingFlow --shards 16 --with kubernetes

The artifact `verdict` is the content of verdict.json, and the card of the step `evaluate` is the report. The run
succeeds only if the verdict is `passed`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metaflow import FlowSpec, IncludeFile, Parameter, card, current, resources, retry, step

CONFIG = "quality_checks.toml"


class QualityGateFlow(FlowSpec):
    """Decide whether a run may be promoted; neighbours and the longest measures are computed in shards.

    Parameters are named as the options of pytest without `gate-`, except those that Metaflow reserves.
    """

    # the file is uploaded where the run is started: a remote task has no quality_checks.toml
    gate_config: Any = IncludeFile(
        "config",
        is_text=False,
        default=CONFIG if Path(CONFIG).exists() else None,
        help="config file (default: quality_checks.toml here)",
    )
    gate_flow: Any = Parameter("flow", default="", help="flow to test; overrides [model] flow")
    gate_run: Any = Parameter("run", default="", help="test this run: FLOW/ID or ID (default: latest successful)")
    gate_tag: Any = Parameter("gate-tag", default="", help="test the latest successful run with this tag")
    gate_namespace: Any = Parameter("gate-namespace", default="", help="namespace to look in (default: all)")
    gate_champion: Any = Parameter(
        "champion", default="", help="compare with FLOW/ID, a tag, or none (default: latest run tagged `champion`)"
    )
    gate_promote: Any = Parameter(
        "promote", default=False, help="if the verdict is passed, move the tag `champion` to the run"
    )
    shards: Any = Parameter("shards", default=1, help="number of tasks that measure in parallel")

    @resources(cpu=2, memory=8192)
    @step
    def start(self) -> None:
        """Load the run and the champion, and plan the shards."""
        from embedgate.gate_flow import material, measured, shards

        run, tag = self.gate_run or None, self.gate_tag or None
        if run is None and tag is None:
            run = material.trigger_run(current)
        self.material = material.load(
            config=self.gate_config,
            flow=self.gate_flow or None,
            run=run,
            tag=tag,
            namespace=self.gate_namespace or None,
            champion=self.gate_champion or None,
            promote=self.gate_promote,
        )
        evidence = self.material.evidence()
        models = material.graph_models(evidence)
        for name, model in models.items():
            setattr(self, f"vectors_{name}", model.unit)
        self.queries = material.graph_queries(evidence)
        self.graph_sizes = {name: len(tracks) for name, tracks in self.queries.items()}
        measures = measured.needed(evidence, self.material.config.settings, compares=self.material.compares)
        self.plan = shards.plan(self.graph_sizes, self.shards, measures)
        print(f"tested run: {self.material.tested.record.pathspec}, shards: {len(self.plan)}")
        self.next(self.measure, foreach="plan")

    @retry(times=2, minutes_between_retries=1)
    @resources(cpu=2, memory=8192)
    @step
    def measure(self) -> None:
        """Compute the measures of one shard, and find the nearest neighbours of its queries."""
        from embedgate.gate_flow import shards

        print(self.input, flush=True)  # names the shard in the log even if the task is killed
        self.computed = shards.compute(
            self.input,
            lambda name: getattr(self, f"vectors_{name}"),
            self.queries,
            lambda: self.material.evidence(),  # noqa: PLW0108 - loads the material only if there is a measure
        )
        self.next(self.evaluate)

    @card(type="blank")
    @retry(times=2, minutes_between_retries=1)
    @resources(cpu=2, memory=8192)
    @step
    def evaluate(self, inputs: Any) -> None:  # noqa: ANN401 - metaflow's inputs
        """Join the shards, evaluate all checks, and leave verdict and report."""
        from embedgate.gate_flow import shards, verdict

        graphs, values = shards.join((part.computed for part in inputs), inputs[0].graph_sizes)
        found = verdict.evaluate(inputs[0].material, graphs, values)
        current.card.append(found.to_card())
        self.record = verdict.decided(found.record, promote=self.gate_promote)
        self.verdict = self.record.as_json()
        self.next(self.end)

    @resources(cpu=1, memory=2048)
    @step
    def end(self) -> None:
        """Change the tags on request, complete the verdict, and fail unless it is `passed`."""
        from embedgate.gate_flow import verdict

        self.record, note = verdict.settle(self.record, promote=self.gate_promote)
        self.verdict = self.record.as_json()
        print(f"verdict: {self.record.outcome}", note, sep="\n" if note else "")
        self.record.raise_for_failure()


if __name__ == "__main__":
    QualityGateFlow()
