"""The models of the demo, one behaviour per file."""
