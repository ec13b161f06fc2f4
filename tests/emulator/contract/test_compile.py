"""What the compiler keeps, refuses, writes and says."""

import copy
import json
import tomllib
import zlib
from pathlib import Path

import pytest

from emulator.contract import compile as compiler
from emulator.contract.catalog import DATA, Catalog
from emulator.errors import BadInput

MEMBER = {"name": "Id", "type": "string", "member": "string", "document": "prose", "example": "prose"}
REQUEST_ID = {"name": "RequestId", "type": "string", "member": "string"}
METADATA = {
    "metadata": {"serviceShortName": "toy", "apiVersion": "2020-01-02"},
    "version": "1.0",
    "actions": {
        "ListToys": {"name": "n", "document": "d", "input": "ListToysRequest", "output": "ListToysResponse"},
        "BreakToy": {
            "name": "n",
            "input": "BreakToyRequest",
            "output": "BreakToyResponse",
            "status": "deprecated",
            "skip_sign": True,
        },
    },
    "objects": {
        "ListToysRequest": {"members": [{**MEMBER, "required": "1", "disabled": True}]},
        "ListToysResponse": {
            "members": [
                {"name": "Toys", "type": "list", "member": "Toy", "output_required": True},
                REQUEST_ID,
            ]
        },
        "BreakToyRequest": {"members": []},
        "BreakToyResponse": {"members": [REQUEST_ID]},
        "Toy": {
            "members": [
                {**MEMBER, "required": True, "output_required": False},
                {"name": "Parts", "type": "list", "member": "Toy", "value_allowed_null": True},
                {"name": "Sizes", "type": "list", "member": "uint64"},
                {"name": "Made", "type": "string", "member": "datetime_iso"},
            ]
        },
    },
}


def publish(root: Path, metadata: object = METADATA, where: str = "toy/v20200102") -> Path:
    folder = root / "services" / where
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "api.json").write_text(json.dumps(metadata))
    return root / "services"


def changed(*path: str, to: object) -> dict:
    metadata = copy.deepcopy(METADATA)
    place = metadata
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return metadata


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def toys(tmp_path) -> Catalog:
    compiler.write(compiler.read(publish(tmp_path)), tmp_path / "data")
    return Catalog(tmp_path / "data")


def test_what_is_compiled_reads_as_it_was_published(toys):
    action = toys.find("toy", "2020-01-02", "ListToys")
    assert (action.status, action.skip_sign, action.key) == ("online", False, "toy:ListToys")
    [asked] = action.request.members.values()
    assert (asked.name, asked.kind, asked.required, asked.disabled) == ("Id", "string", True, True)
    [answered] = action.response.members.values()
    assert (answered.name, answered.kind, answered.many, answered.promised) == ("Toys", "object", True, True)
    toy = answered.shape
    assert [(it.name, it.kind, it.many, it.nullable) for it in toy.members.values()] == [
        ("Id", "string", False, False),
        ("Parts", "object", True, True),
        ("Sizes", "uint", True, False),
        ("Made", "datetime_iso", False, False),
    ]


def test_a_shape_may_hold_itself(toys):
    toy = toys.shape("toy", "2020-01-02", "Toy")
    assert toy.members["Parts"].shape is toy


def test_status_and_skip_sign_are_kept(toys):
    action = toys.find("toy", "2020-01-02", "BreakToy")
    assert (action.status, action.skip_sign) == ("deprecated", True)


def test_no_prose_is_kept(toys, tmp_path):
    texts = [
        zlib.decompress(text) if name.endswith(".z") else text
        for name, text in bytes_of(tmp_path / "data").items()
    ]
    assert not any(b"prose" in text for text in texts)


def test_compiling_twice_gives_the_same_bytes_and_touches_no_file(toys, tmp_path):
    data = tmp_path / "data"
    before = {path: path.stat().st_mtime_ns for path in data.iterdir()}
    compiler.write(compiler.read(tmp_path / "services"), data)
    compiler.write(compiler.read(tmp_path / "services"), tmp_path / "again")
    assert {path: path.stat().st_mtime_ns for path in data.iterdir()} == before
    assert bytes_of(tmp_path / "again") == bytes_of(data)


def test_the_order_in_which_upstream_lists_actions_and_objects_does_not_matter(tmp_path):
    mixed = {
        **METADATA,
        "actions": dict(reversed(METADATA["actions"].items())),
        "objects": dict(reversed(METADATA["objects"].items())),
    }
    assert compiler.render(compiler.read(publish(tmp_path / "a"))) == compiler.render(
        compiler.read(publish(tmp_path / "b", mixed))
    )


def test_a_service_version_that_is_gone_leaves_no_file(tmp_path):
    other = changed("metadata", to={"serviceShortName": "old", "apiVersion": "2019-01-01"})
    compiler.write(compiler.read(publish(tmp_path / "old", other)), tmp_path / "data")
    compiler.write(compiler.read(publish(tmp_path)), tmp_path / "data")
    assert {path.name for path in (tmp_path / "data").iterdir()} == {
        "index.json",
        "names.json.z",
        "toy.2020-01-02.json.z",
    }


def test_a_write_that_fails_replaces_nothing(toys, tmp_path, monkeypatch):
    before = bytes_of(tmp_path / "data")
    more = changed("objects", "Toy", "members", to=[])
    put = compiler._put

    def fail_late(path, text):
        if path.name.startswith("toy."):
            raise OSError("disk full")
        return put(path, text)

    monkeypatch.setattr(compiler, "_put", fail_late)
    more["actions"]["FindToy"] = more["actions"]["ListToys"] | {
        "input": "FindToyRequest",
        "output": "FindToyResponse",
    }
    more["objects"] |= {
        "FindToyRequest": {"members": []},
        "FindToyResponse": {"members": [REQUEST_ID]},
    }
    with pytest.raises(OSError, match="disk full"):
        compiler.write(compiler.read(publish(tmp_path / "new", more)), tmp_path / "data")
    after = bytes_of(tmp_path / "data")
    assert {name: text for name, text in after.items() if not name.endswith(".part")} == before


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        (changed("objects", "Toy", "members", to=[{**MEMBER, "type": "set"}]), "Toy.Id: a set of 'string'"),
        (changed("objects", "Toy", "members", to=[{**MEMBER, "member": "Nope", "type": "object"}]), "'Nope'"),
        (changed("objects", "Toy", "members", to=[{**MEMBER, "required": "yes"}]), "Id.required: is 'yes'"),
        (changed("objects", "Toy", "members", to=[MEMBER, MEMBER]), "Toy.Id: is there twice"),
        (changed("objects", "Toy", "members", to=[{**MEMBER, "name": "a b"}]), "unusual characters"),
        (changed("objects", "BreakToyResponse", "members", to=[]), "has no RequestId"),
        (changed("actions", "BreakToy", "status", to="gone"), "unknown status 'gone'"),
        (changed("actions", "BreakToy", "input", to="ListToysRequest"), "another name"),
    ],
)
def test_what_is_not_understood_is_refused_and_named(tmp_path, metadata, complaint):
    with pytest.raises(BadInput) as refused:
        compiler.read(publish(tmp_path, metadata))
    assert complaint in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    metadata = changed("objects", "Toy", "members", to=[{**MEMBER, "type": "set"}])
    metadata["actions"]["BreakToy"]["status"] = "gone"
    with pytest.raises(BadInput) as refused:
        compiler.read(publish(tmp_path, metadata))
    assert len(refused.value.violations) == 2


def test_no_metadata_at_all_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no metadata"):
        compiler.read(tmp_path)


PATCH = {
    "service": "toy",
    "version": "2020-01-02",
    "object": "Toy",
    "members": ["Id"],
    "reason": "seen",
}


def test_a_patch_sets_its_flag_and_leaves_the_metadata_as_it_was_read(tmp_path):
    pages = compiler.read(publish(tmp_path))
    patched = compiler.patch(pages, {"nullable": [PATCH], "lenient": [PATCH], "optional": [PATCH]})
    where = ("toy", "2020-01-02")
    assert patched[where].objects["Toy"]["Id"].nullable
    assert patched[where].objects["Toy"]["Id"].lenient
    assert pages[where].objects["Toy"]["Id"].required
    assert not patched[where].objects["Toy"]["Id"].required
    assert not pages[where].objects["Toy"]["Id"].nullable


@pytest.mark.parametrize(
    ("patches", "complaint"),
    [
        ({"nullable": [PATCH | {"members": ["Parts"]}]}, r"nullable\[0\].Parts: is nullable already"),
        ({"nullable": [PATCH | {"members": ["Nope"]}]}, "Nope: is not in the metadata"),
        ({"nullable": [PATCH | {"service": "nope"}]}, "Id: is not in the metadata"),
        ({"nullable": [PATCH | {"reason": ""}]}, "needs .*reason"),
        ({"nullable": [PATCH | {"surprise": 1}]}, "needs members"),
        ({"wishful": [PATCH]}, "is no kind of patch"),
    ],
)
def test_a_patch_that_does_not_apply_is_refused(tmp_path, patches, complaint):
    with pytest.raises(BadInput, match=complaint):
        compiler.patch(compiler.read(publish(tmp_path)), patches)


def test_what_changed_is_said(tmp_path):
    metadata = changed("objects", "Toy", "members", to=[{**MEMBER, "required": False}])
    metadata["actions"]["BreakToy"]["status"] = "offline"
    metadata["actions"]["FindToy"] = {"input": "FindToyRequest", "output": "FindToyResponse"}
    metadata["objects"] |= {"FindToyRequest": {"members": []}, "FindToyResponse": {"members": [REQUEST_ID]}}
    before, after = compiler.read(publish(tmp_path / "a")), compiler.read(publish(tmp_path / "b", metadata))
    assert list(compiler.differences(before, after)) == [
        "~ toy 2020-01-02 BreakToy: deprecated skip_sign -> offline skip_sign",
        "+ toy 2020-01-02 FindToy",
        "+ toy 2020-01-02 FindToyRequest",
        "+ toy 2020-01-02 FindToyResponse",
        "~ toy 2020-01-02 Toy.Id: s! -> s",
        "- toy 2020-01-02 Toy.Made",
        "- toy 2020-01-02 Toy.Parts",
        "- toy 2020-01-02 Toy.Sizes",
    ]
    assert list(compiler.differences({}, before)) == ["+ toy 2020-01-02 (2 actions)"]
    assert list(compiler.differences(before, {})) == ["- toy 2020-01-02"]


def test_what_was_compiled_is_what_was_read(toys, tmp_path):
    pages = compiler.read(tmp_path / "services")
    assert compiler.load(tmp_path / "data") == pages
    assert compiler.load(tmp_path / "nowhere") == {}


# --- The committed data ------------------------------------------------------------------------------------


def test_the_committed_data_is_what_the_official_metadata_compiles_to(published):
    patched = compiler.patch(published, tomllib.loads(compiler.PATCHES.read_text("utf-8")))
    fresh = compiler.render(patched)
    assert {path.name for path in DATA.iterdir()} == fresh.keys()
    assert [name for name, text in fresh.items() if compiler._content(DATA / name) != text] == []


def test_every_published_service_version_and_action_is_there(everything):
    names = list(everything.names())
    assert len(names) == len(set(names)) == 16_204
    assert sum(len(everything.versions(service)) for service in everything.services()) == 300


def test_the_data_stays_small():
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 2_500_000
