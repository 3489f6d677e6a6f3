"""The help desk: find a person, verify them by a script that policy sets, then help; nobody helps themselves.

    script.py         which checks there are, and what they are enough for     find.py    who is it
    verification.py   ticked checks, noted, for minutes, for one person         passes.py  temporary access passes
    repair.py         reset ways to sign in, enrolment codes, sessions
Spec: NIST SP 800-63B-4 §4.2 (recovery), §4.6 (notice). Whoever verifies is never who is helped; privileged people
take two. Does not: read directories, or decide who works at the desk (policy does).
"""
