"""The report in all its forms: HTML, figures, map, terminal, job summary, lists beside the verdict."""
