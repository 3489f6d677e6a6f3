"""What runs of the OpenID Foundation's conformance suite need and no product should have.

    plan.toml     the clients and two people, for `gerege apply`      prepare.py   their keys, secrets and certificates
    approve.py    the suite says yes or no for a person (CIBA)        bank.py      an API: accounts and payments

The product knows nothing of it. What makes sign-in easy here is a label that a production start refuses to serve.
Spec: FAPI 2.0 Security Profile §5.3.3 (resource server), CIBA Core §8 (who approves). See docs/howto/certification.md.
"""
