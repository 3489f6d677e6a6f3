"""People and applications that come from another system: what comes, what does not and why, and carrying it out.

moved.py      what was read, in our nouns, and what stayed behind
difference.py what there is to do, against what is in force
carry.py      doing it, in pieces
"""
