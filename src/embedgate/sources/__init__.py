"""Where the model under test comes from: a Metaflow run, or files."""
