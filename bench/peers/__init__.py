"""Other providers beside ours, in one run. `python -m bench.peers`."""
