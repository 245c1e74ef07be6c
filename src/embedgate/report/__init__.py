"""What a reader sees: figures, HTML, terminal, JUnit."""
