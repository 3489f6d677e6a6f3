"""`python -m examples.docs`: settings from the environment, see `examples/README.md`."""

from examples.docs.app import AUDIENCE, PORT, create_app
from examples.relying_party.serve import serve
from examples.relying_party.settings import read_settings

if __name__ == "__main__":
    settings = read_settings(port=PORT, audience=AUDIENCE)
    serve(create_app(settings), settings.port)
