"""The emulated Tencent Cloud: a signed, permission-checked, contract-true API 3.0 server."""

__version__ = "0.1.0"
