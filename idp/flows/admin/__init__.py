"""What administrators do: each change first asks for its permission, and is one transaction with event and reason."""
