"""Two directories for the demonstration, each in its department's own shape, on this machine alone.

`start_directory` is the way in. Not part of the product: nothing of the product knows of it.
"""

from demo.directories.launch import Running, start_directory, write_department
from demo.directories.ldif import WrongLdif

__all__ = ["Running", "WrongLdif", "start_directory", "write_department"]
