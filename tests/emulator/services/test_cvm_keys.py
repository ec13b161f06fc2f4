"""Key pairs and the instances that they open."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .building import REGION, WINDOWS
from .reads import published


def public_key(bits=1024):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    openssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(*openssh).decode()


PUBLIC = public_key()


def imported(build, name, public=PUBLIC):
    return build("cvm:ImportKeyPair", KeyName=name, ProjectId=0, PublicKey=public)["KeyId"]


def pair(build, key):
    found = build("cvm:DescribeKeyPairs", KeyIds=[key])["KeyPairSet"]
    return found[0] if found else None


def test_the_private_key_that_is_given_once_belongs_to_the_public_one(build):
    made = build("cvm:CreateKeyPair", KeyName="mine", ProjectId=3)["KeyPair"]
    private = serialization.load_pem_private_key(made["PrivateKey"].encode(), None)
    openssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    assert made["PublicKey"].startswith(private.public_key().public_bytes(*openssh).decode())
    shown = pair(build, made["KeyId"])
    assert (shown["KeyName"], shown["ProjectId"], shown["AssociatedInstanceIds"]) == ("mine", 3, [])
    assert not shown.get("PrivateKey")
    assert made["PrivateKey"] not in str([row.value for row in build.world.read("cvm.keypair", REGION)])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "InvalidKeyPairNameEmpty"),
        ("x" * 26, "InvalidKeyPairNameTooLong"),
        ("my-key", "InvalidKeyPairNameIncludeIllegalChar"),
        ("taken", "InvalidKeyPairName.Duplicate"),
    ],
)
def test_names_have_to_be_proper_and_free(build, name, code):
    imported(build, "taken")
    other = imported(build, "other", public_key())
    assert build.code("cvm:CreateKeyPair", KeyName=name, ProjectId=0) == code
    assert build.code("cvm:ModifyKeyPairAttribute", KeyId=other, KeyName=name) == code
    assert code in published("cvm")
    assert build("cvm:DescribeKeyPairs")["TotalCount"] == 2


def test_a_public_key_is_looked_at_and_taken_once(build):
    imported(build, "mine")
    again = build.code("cvm:ImportKeyPair", KeyName="twin", ProjectId=0, PublicKey=f"{PUBLIC} me@home")
    assert again == "InvalidPublicKey.Duplicate"
    for bad in ("", "ssh-rsa", "ssh-rsa !!!", PUBLIC.replace("ssh-rsa", "ssh-dss"), "ssh-rsa aGVsbG8="):
        code = build.code("cvm:ImportKeyPair", KeyName="bad", ProjectId=0, PublicKey=bad)
        assert code == "InvalidPublicKey.Malformed"


def test_attributes_change_one_or_both(build):
    key = imported(build, "mine")
    build("cvm:ModifyKeyPairAttribute", KeyId=key, KeyName="mine", Description="for tests")
    assert pair(build, key)["Description"] == "for tests"
    assert build.code("cvm:ModifyKeyPairAttribute", KeyId=key) == "MissingParameter.AtLeastOne"
    assert build.code("cvm:ModifyKeyPairAttribute", KeyId="skey-00000000", KeyName="a") == (
        "InvalidKeyPairId.NotFound"
    )
    assert build.code("cvm:ModifyKeyPairAttribute", KeyId="key", KeyName="a") == "InvalidKeyPairId.Malformed"


def test_a_key_pair_goes_onto_instances_and_off_and_is_deleted_only_then(build):
    first, second = imported(build, "first"), imported(build, "second", public_key())
    one, other = build.run(InstanceCount=2)
    asked = {"InstanceIds": [one, other], "KeyIds": [first]}
    assert (
        build.code("cvm:AssociateInstancesKeyPairs", **asked) == "UnsupportedOperation.InstanceStateRunning"
    )
    build("cvm:AssociateInstancesKeyPairs", **asked, ForceStop=True)
    build.later()
    assert build.state(one) == "RUNNING"
    assert pair(build, first)["AssociatedInstanceIds"] == [one, other]
    in_use = build.code("cvm:DeleteKeyPairs", KeyIds=[second, first])
    assert in_use == "InvalidParameterValue.KeyPairNotSupported"
    assert pair(build, second) is not None
    build("cvm:AssociateInstancesKeyPairs", InstanceIds=[one], KeyIds=[second], ForceStop=True)
    build.later()
    assert build.instance(one)["LoginSettings"]["KeyIds"] == [second]
    assert pair(build, first)["AssociatedInstanceIds"] == [other]
    build("cvm:DisassociateInstancesKeyPairs", InstanceIds=[other], KeyIds=[first], ForceStop=True)
    build.later()
    assert build.instance(other)["LoginSettings"]["KeyIds"] is None
    build("cvm:DeleteKeyPairs", KeyIds=[first])
    assert pair(build, first) is None
    assert build.code("cvm:DeleteKeyPairs", KeyIds=[first]) == "InvalidKeyPairId.NotFound"


def test_windows_has_no_key_pairs(build):
    key = imported(build, "mine")
    windows = build.one(ImageId=WINDOWS)
    asked = {"InstanceIds": [windows], "KeyIds": [key], "ForceStop": True}
    assert build.code("cvm:AssociateInstancesKeyPairs", **asked) == "UnsupportedOperation.InstanceOsWindows"


def test_tags_are_given_with_the_key(build):
    tags = [{"ResourceType": "keypair", "Tags": [{"Key": "a", "Value": "b"}]}]
    key = build("cvm:ImportKeyPair", KeyName="mine", ProjectId=0, PublicKey=PUBLIC, TagSpecification=tags)[
        "KeyId"
    ]
    found = build("cvm:DescribeKeyPairs", Filters=[{"Name": "tag:a", "Values": ["b"]}])["KeyPairSet"]
    assert [each["KeyId"] for each in found] == [key]
