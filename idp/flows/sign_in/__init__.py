"""The steps of a sign-in: each takes one form, saves its proof in the interaction, and calls nobody.

`idp.flows.authorize.proceed` is called by the web after each of them; steps never call steps.
"""
