import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connector.clouds.tencent.session import SdkSession, split_endpoint
from connector.errors import BadInput, CloudError
from connector.model import Key, Secret

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

KEY = Key("AKID" + "a" * 32, Secret("secretsecretsecret"))


class Stub(ThreadingHTTPServer):
    """Answers every request with the same bytes, and remembers what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.status, self.content_type, self.body = 200, "application/json", b"{}"
        self.length = None
        self.asked = []
        self.connections = set()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server_port}"

    def says(self, response, **others):
        self.body = json.dumps({"Response": response}).encode()
        vars(self).update(others)


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), json.loads(body)))
        self.server.connections.add(self.client_address)
        self.send_response(self.server.status)
        self.send_header("Content-Type", self.server.content_type)
        self.send_header("Content-Length", str(self.server.length or len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)
        if self.server.length:
            self.close_connection = True

    def log_message(self, *args):
        pass


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def call(stub, region="ap-guangzhou", session=None):
    session = session or SdkSession(KEY, stub.endpoint, timeout_seconds=5)
    return session.call("cvm", "2017-03-12", "DescribeInstances", {"Limit": 1}, region)


def test_the_content_of_response_is_returned(stub):
    stub.says({"TotalCount": 0, "InstanceSet": [], "RequestId": "r"})
    assert call(stub) == {"TotalCount": 0, "InstanceSet": [], "RequestId": "r"}


def test_the_call_is_signed_and_says_what_it_wants(stub):
    stub.says({"RequestId": "r"})
    call(stub)
    headers, body = stub.asked[0]
    assert headers["Authorization"].startswith(f"TC3-HMAC-SHA256 Credential={KEY.SecretId}/")
    assert (headers["X-TC-Action"], headers["X-TC-Version"], headers["X-TC-Region"]) == (
        "DescribeInstances",
        "2017-03-12",
        "ap-guangzhou",
    )
    assert body == {"Limit": 1}


def test_no_region_sends_none(stub):
    stub.says({"RequestId": "r"})
    call(stub, region="")
    assert "X-TC-Region" not in stub.asked[0][0]


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_an_error_is_an_error_whatever_its_content_type(stub, content_type):
    error = {"Code": "UnauthorizedOperation", "Message": "no"}
    stub.says({"Error": error, "RequestId": "r-1"}, content_type=content_type)
    with pytest.raises(CloudError) as caught:
        call(stub)
    assert (caught.value.code, caught.value.message, caught.value.request_id) == (
        "UnauthorizedOperation",
        "no",
        "r-1",
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"Response": 3}', b'{"Response": {', b"\xff"]
)
def test_an_answer_that_is_no_answer_is_a_server_error(stub, body):
    stub.body = body
    with pytest.raises(CloudError) as caught:
        call(stub)
    assert caught.value.code == "ServerNetworkError"


def test_another_status_is_a_server_error(stub):
    stub.says({}, status=502)
    with pytest.raises(CloudError) as caught:
        call(stub)
    assert caught.value.code == "ServerNetworkError"


def test_an_answer_that_breaks_off_is_a_network_error(stub):
    stub.says({"RequestId": "r"}, length=1000)
    with pytest.raises(CloudError) as caught:
        call(stub)
    assert caught.value.code == "ClientNetworkError"


def test_nobody_listening_is_a_network_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        session = SdkSession(KEY, f"http://127.0.0.1:{free.getsockname()[1]}", timeout_seconds=2)
        with pytest.raises(CloudError) as caught:
            session.call("cvm", "2017-03-12", "DescribeInstances", {}, "")
    assert caught.value.code == "ClientNetworkError"


def test_calls_that_follow_each_other_share_a_connection_whatever_their_regions(stub):
    stub.says({"RequestId": "r"})
    session = SdkSession(KEY, stub.endpoint, timeout_seconds=5)
    regions = ["ap-guangzhou", "ap-shanghai", "", "ap-guangzhou"]
    for region in regions:
        call(stub, region, session)
    assert [headers.get("X-TC-Region", "") for headers, _ in stub.asked] == regions
    assert len(stub.connections) == 1


def test_the_secret_is_in_no_request_and_no_error(stub):
    stub.says({"Error": {"Code": "InternalError", "Message": "no"}, "RequestId": "r"})
    with pytest.raises(CloudError) as caught:
        call(stub)
    assert KEY.SecretKey.reveal() not in repr(stub.asked) + repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:80", "ftp://h", "http://", "http://h/path", "http://h?x=1", ""]
)
def test_an_endpoint_of_another_form_is_refused(endpoint):
    with pytest.raises(BadInput, match="endpoint"):
        split_endpoint(endpoint)
