"""Use cases: load, decide, save. `ls` here is the feature list. Flows know ports; no driver, no Flask."""
