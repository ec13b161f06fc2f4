"""What the products do: one module or package a product, strangers to each other."""

from __future__ import annotations

ALL = (
    "cam",
    "cbs",
    "cdb",
    "cfw",
    "ckafka",
    "clb",
    "cvm",
    "cwp",
    "dcdb",
    "es",
    "mariadb",
    "postgres",
    "redis",
    "region",
    "ssl",
    "sts",
    "tag",
    "tcr",
    "vpc",
    "waf",
)
"""Every modelled product; its module is imported when it is first called."""
