"""What every table of the settings is, and shapes of values that several of them have."""

from ipaddress import ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

Cidr = Annotated[str, AfterValidator(lambda text: str(ip_network(text)))]
Address = Annotated[str, AfterValidator(lambda text: str(ip_address(text)))]


class Table(BaseModel):
    """A table of the file. Unknown keys are errors: a misspelt setting must not be silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
