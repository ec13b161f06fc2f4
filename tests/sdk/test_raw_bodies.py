"""Bodies that are no JSON: what the official SDK sends as multipart and as raw bytes is verified and read."""

import json

import pytest
from tencentcloud.cii.v20210408 import cii_client, models
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from tests.sdk.typed import key, profile


def test_multipart_parameters_reach_the_action(account):
    account.stub("cii:UploadMedicalFile", {"FileKey": "kept"}, params={"FileURL": "a b", "File": "raw"})
    client = cii_client.CiiClient(key(account), "ap-guangzhou", profile(account))
    request = models.UploadMedicalFileRequest()
    request.FileURL, request.File = "a b", b"raw"
    assert "kept" in client.UploadMedicalFile(request).to_json_string()


def test_raw_bytes_come_with_their_parameters_in_headers(account):
    account.stub("cls:UploadLog", {}, params={"TopicId": "topic-1"})
    client = CommonClient("cls", "2020-10-16", key(account), "ap-guangzhou", profile(account))
    answer = client.call_octet_stream("UploadLog", {"X-CLS-TopicId": "topic-1"}, b"\x00\xffraw")
    assert json.loads(json.dumps(answer))["Response"]["RequestId"]


def test_raw_bytes_for_an_action_that_takes_none_are_refused(account):
    client = CommonClient("cvm", "2017-03-12", key(account), "ap-guangzhou", profile(account))
    with pytest.raises(TencentCloudSDKException, match="not support Content-Type=`application/octet-stream`"):
        client.call_octet_stream("DescribeInstances", {}, b"raw")
