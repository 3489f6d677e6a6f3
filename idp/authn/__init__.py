"""Authentication rules, pure: what proofs are worth, how long sessions live, how many guesses are heard, what next."""
