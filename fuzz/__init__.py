"""Garbage for everything that strangers can reach. `make fuzz`: a million inputs; a short share runs with the tests.

`targets.py` lists what is fed, and which errors are answers; anything else that is raised is a finding.
"""
