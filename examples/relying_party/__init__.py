"""What every web application of the examples does the same way: sign in, keep a session, refresh, sign out.

OpenID Connect code flow with PKCE through Authlib, back-channel logout through gerege-verify. Copy it, or read it
beside `examples/payroll/app.py`. Deliberately not here: anything of one application.
"""
