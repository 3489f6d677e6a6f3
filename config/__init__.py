"""Settings: what an operator can set, with its default, its unit and what it means."""
