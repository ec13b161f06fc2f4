from scenarios import profiles

pytest_plugins = ["pytester"]
profiles.load()
