from scenarios import profiles

profiles.load()
