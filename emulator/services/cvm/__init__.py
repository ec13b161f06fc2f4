"""Cloud Virtual Machine: instances from their making to their end, images, key pairs, what is sold where."""

from __future__ import annotations

from emulator.services.cvm import (
    attributes,
    charging,
    images,
    instances,
    keys,
    launch,
    offers,
    placement,
    places,
    power,
    reshape,
    terminate,
)
from emulator.services.cvm.placement import GROUP
from emulator.services.cvm.resources import IMAGE, KEY_PAIR
from emulator.tables.declare import Service
from emulator.tables.shared import INSTANCE

SERVICE = Service(
    name="cvm",
    version="2017-03-12",
    tables=(INSTANCE, IMAGE, KEY_PAIR, GROUP),
    actions=(
        *instances.ACTIONS,
        *launch.ACTIONS,
        *power.ACTIONS,
        *terminate.ACTIONS,
        *attributes.ACTIONS,
        *reshape.ACTIONS,
        *charging.ACTIONS,
        *images.ACTIONS,
        *keys.ACTIONS,
        *placement.ACTIONS,
        *offers.ACTIONS,
        *places.ACTIONS,
    ),
)
