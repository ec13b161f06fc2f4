pytest_plugins = ["pytester"]

from scenarios import profiles

profiles.load()
