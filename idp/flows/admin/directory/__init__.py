"""Connecting a department's directory from the console, one proved step after another; nothing is kept before the end.

`allowed`: where an administrator may make us knock · `draft`: what was typed so far, and the department that would come
of it · `wizard`: load, try, keep.
"""
