"""Protocol rules, pure; one section of a specification, one file."""
