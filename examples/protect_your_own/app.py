"""Guard an API of your own: `flask --app examples/protect_your_own/app.py run --port 8003`, then read README.md."""

import os

from flask import Flask, g

from gerege_verify import Verifier
from gerege_verify.flask import protect

app = Flask(__name__)
verifier = Verifier(os.environ.get("ISSUER", "http://localhost:8000"))


@app.get("/hello")
@protect(verifier, audience="urn:example:my-app", scope="my-app.read")
def hello() -> dict[str, str]:
    return {"hello": g.token.subject}
