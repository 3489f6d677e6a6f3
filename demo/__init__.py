"""The demonstration: two departments with real directories, two applications, a cast of people, and a way to travel.

It is no part of the product: nothing in `idp`, `risk`, `policies`, `adapters` or `config` knows it, and a production
server refuses its people, its certificates and its proxy.
"""
