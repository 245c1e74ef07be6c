"""Sources of the model under test: a Metaflow run, files, or objects in memory."""
