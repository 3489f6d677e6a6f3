"""Keycloak's realms, read from their export.

export.py       the files together, and everything of the realm that stays behind
document.py     JSON that is bounded, and values of the right kind
people.py       people with their groups and roles       credentials.py  hashes, codes, passkeys
clients.py      registrations                            granted.py      roles through groups and composites
"""
