"""The version of the package, also sent as User-Agent."""

VERSION = "0.1.0"
