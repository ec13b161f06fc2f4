"""Properties draw as many examples as the profile says, also when they are run alone."""

from scenarios import profiles

profiles.load()
