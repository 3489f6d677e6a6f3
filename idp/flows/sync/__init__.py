"""Whole directories, read in rounds: who joined, moved, left, was disabled, came back, won or lost a role.

`rounds` reads, `pieces` takes over what streams in, `guard` keeps a bad day of a directory from ending its people,
`decisions` is what a person says about those it held, `lead` begins rounds when they are due, `preview` only tells.
Deliberately knows no kind of directory: all are connectors of the port.
"""
