"""Whatever the contract lets a client send, a modelled action answers as the contract says or refuses.

Anything else, a breach of the contract among it, would be raised through the call.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.services import ALL
from emulator.world.estate import estate
from scenarios.direct import Direct, Failed
from scenarios.strategies.contract import params


@pytest.mark.parametrize("service", ALL)
def test_a_modelled_action_answers_conform_or_with_an_error_whatever_it_is_asked(service: str) -> None:
    direct = Direct.open(estate("demo"))
    actions = [bound.action for bound in direct.gateway.repertoire.declared(service).values()]

    @settings(suppress_health_check=[HealthCheck.too_slow], max_examples=min(200, 15 * len(actions)))
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        action = data.draw(st.sampled_from(actions))
        given_params = data.draw(params(action))
        with suppress(Failed):
            direct.call(action.key, given_params, region="ap-guangzhou", version=action.version)

    ask()
