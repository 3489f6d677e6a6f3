"""What every error of ours has: a status, a public code, and a detail for the log alone."""


class IdpError(Exception):
    """The root. `detail` goes to the log and to nobody else."""

    status = 500
    code = "server_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
