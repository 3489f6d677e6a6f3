"""The operator's command line: one file for each noun. Parses, calls one flow, prints; decides nothing."""
