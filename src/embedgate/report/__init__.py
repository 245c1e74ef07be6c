"""What a reader sees: HTML report, figures, map, terminal, job summary, lists beside the verdict."""
