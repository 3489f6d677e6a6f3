"""Risk measures how unusual a sign-in is, and says why. It never decides: a policy does.

Pure, and imports nothing of the rest of the house, so that it can be lifted out: `attempt.py` is what is known,
`signals/` what is read from it, `score.py` what that amounts to.
"""
