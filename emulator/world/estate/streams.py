"""The ckafka tables of an estate: instances, their topics and who consumes them."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.world.estate import draw
from emulator.world.estate.site import Site, Value
from emulator.world.shelves import Row, Shelf

_HOSTS_EACH = 50
_MOST = 20
_TOPICS = ("audit", "orders", "clicks", "waf-attack", "payments", "logs", "metrics", "events")


def _count(site: Site) -> int:
    return min((site.hosts + _HOSTS_EACH - 1) // _HOSTS_EACH, _MOST)


def instances(site: Site) -> Shelf[Row]:
    """``ckafka.instance``."""
    return Shelf({row["InstanceId"]: Row(row) for row in (_instance(site, at) for at in range(_count(site)))})


def _instance(site: Site, place: int) -> Value:
    chance = site.chance("ckafka", place)
    return {
        "InstanceId": site.id("ckafka", place),
        "InstanceName": site.words.thing(chance, "kafka"),
        # Documented: 1 runs, 7 is being upgraded.
        "Status": 7 if chance >> 40 & 31 == 0 else 1,
        "IfCommunity": True,
    }


def contents(site: Site) -> Shelf[Row]:
    """``ckafka.contents``: the network, the topics and the consumer groups of an instance, under its id."""
    return Shelf(
        {row["InstanceId"]: Row(row) for row in (_contents(site, place) for place in range(_count(site)))}
    )


def _contents(site: Site, place: int) -> Value:
    chance = site.chance("ckafka contents", place)
    subnet = draw.pick(site.subnets, chance)
    topics = list(enumerate(_TOPICS[: 1 + (chance >> 8) % len(_TOPICS)], place * 16))
    return {
        "InstanceId": site.id("ckafka", place),
        "VpcId": subnet.vpc.id,
        "SubnetId": subnet.id,
        "Topics": [_topic(site, number, name) for number, name in topics],
        "Groups": list(_groups(site, place, chance, topics)),
    }


def _topic(site: Site, number: int, name: str) -> Value:
    return {"TopicId": site.id("topic", number), "TopicName": name, "Note": ""}


def _groups(site: Site, place: int, chance: int, topics: list[tuple[int, str]]) -> Iterator[Value]:
    for turn in range((chance >> 16) % 4 + 1):
        seen = topics[turn % len(topics) :]
        yield {
            "Group": f"{site.words.people[(chance >> 20) + turn & 127]}-consumer-{turn}",
            # Documented: the states. Assumed: how often each is found.
            "State": "Empty" if chance >> 28 + turn & 3 == 0 else "Stable",
            "ClientHost": f"/{site.vpcs[0].octets}.0.{turn + 10}",
            "Topics": [_offsets(site, place * 4 + turn, *topic) for topic in seen],
        }


def _offsets(site: Site, group: int, number: int, topic: str) -> Value:
    partitions = []
    for partition in range(1 + site.chance("ckafka topic", number) % 6):
        chance = site.chance(f"ckafka offset {topic}", group * 8 + partition)
        written = chance % 10_000_000
        partitions.append(
            {
                "Partition": partition,
                "Offset": max(0, written - (chance >> 32) % 5000),
                "LogEndOffset": written,
            }
        )
    return {"Topic": topic, "Partitions": partitions}
