"""Policies decide what may be done, and deny by default.

A question goes in (who, which application, which permissions, in which circumstances), a decision comes out
(allowed or not, the assurance it takes, the permissions, the life of the token, and why).

Obeys: Cedar's semantics (default deny, forbid overrides permit, skip on error turned into deny); NIST SP 800-207 §3.
Does not: prove who someone is, measure risk, read a database or a clock, or import any other room of this house.
"""
