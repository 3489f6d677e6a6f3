"""The identity provider: nouns, rules, use cases and the web they are reached by. `idp.app` wires it."""
