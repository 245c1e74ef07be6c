"""The gate as a Metaflow flow: what its steps do, without Metaflow's decorators."""
