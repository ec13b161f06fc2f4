"""The port as raw bytes: HTTP, TLS, CONNECT, garbage, and answers that suffer on their way."""

import json
import socket
import ssl
import time

import pytest

from emulator import Emulator
from scenarios.direct import sign


class Client:
    """A connection that is spoken to in bytes."""

    def __init__(self, endpoint):
        host, port = endpoint.removeprefix("http://").rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def wrap(self, pem, name):
        context = ssl.create_default_context(cadata=pem.decode())
        self.socket = context.wrap_socket(self.socket, server_hostname=name)

    def read_until(self, mark):
        while mark not in self.pending:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(self.pending)
            self.pending += data
        found, self.pending = self.pending.split(mark, 1)
        return found

    def answer(self):
        """Status, headers in lower case, and body of the next answer."""
        start, *lines = self.read_until(b"\r\n\r\n").decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers["content-length"])
        while len(self.pending) < length:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(self.pending)
            self.pending += data
        body, self.pending = self.pending[:length], self.pending[length:]
        return int(start.split(" ")[1]), headers, body

    def is_closed(self):
        return self.socket.recv(1) == b""


@pytest.fixture
def client(server):
    with Client(server.endpoint) as connected:
        yield connected


def request(account, action="sts:GetCallerIdentity", target="/", **headers):
    service, _, name = action.partition(":")
    version = {"sts": "2018-08-13", "cvm": "2017-03-12"}[service]
    key = account.world.read("cam.key").get(account.secret_id)
    envelope = sign(service, version, name, {}, key=key, at=account.clock.now(), region="ap-guangzhou")
    sent = {**envelope.headers, **headers, "content-length": str(len(envelope.body))}
    lines = "".join(f"{each}: {value}\r\n" for each, value in sent.items())
    return f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode() + envelope.body


def response(body):
    return json.loads(body)["Response"]


# --- Plain HTTP ----------------------------------------------------------------------------------------


def test_an_answer_has_the_clouds_headers_and_no_others(account, client):
    client.send(request(account))
    status, headers, body = client.answer()
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(body))
    assert set(headers) <= {"content-type", "content-length", "date", "connection"}


def test_a_trace_id_comes_back(account, client):
    client.send(request(account, **{"x-tc-traceid": "trace-1"}))
    assert client.answer()[1]["x-tc-traceid"] == "trace-1"


def test_a_connection_serves_one_request_after_the_other(account, client):
    for _ in range(3):
        client.send(request(account))
        assert response(client.answer()[2])["AccountId"] == account.uin


def test_pipelined_requests_are_answered_in_order(account, client):
    client.send(request(account) + request(account, "cvm:DescribeRegions") + request(account))
    bodies = [response(client.answer()[2]) for _ in range(3)]
    assert ["AccountId" in body for body in bodies] == [True, False, True]


def test_a_request_may_come_byte_by_byte(account, client):
    for at in request(account):
        client.send(bytes([at]))
    assert response(client.answer()[2])["AccountId"] == account.uin


def test_a_proxys_absolute_target_means_its_path(account, client):
    client.send(request(account, target="http://sts.tencentcloudapi.com/"))
    assert response(client.answer()[2])["AccountId"] == account.uin


def test_a_body_in_chunks_is_put_together(account, client):
    head, body = request(account).split(b"\r\n\r\n", 1)
    head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(b"content-length"))
    chunks = b"1\r\n" + body[:1] + b"\r\n" + f"{len(body) - 1:x}\r\n".encode() + body[1:] + b"\r\n0\r\n\r\n"
    client.send(head + b"\r\ntransfer-encoding: chunked\r\n\r\n" + chunks)
    assert response(client.answer()[2])["AccountId"] == account.uin


def test_a_client_that_wants_to_close_is_closed(account, client):
    client.send(request(account, connection="close"))
    client.answer()
    assert client.is_closed()


def test_a_body_over_ten_megabytes_is_refused_in_the_clouds_words(account, client):
    size = 10 * 1024 * 1024 + 1
    head = request(account).split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    head = [line for line in head if not line.startswith(b"content-length")]
    client.send(b"\r\n".join([*head, f"content-length: {size}".encode()]) + b"\r\n\r\n")
    for _ in range(size // 65536):
        client.send(bytes(65536))
    client.send(bytes(size % 65536))
    assert response(client.answer()[2])["Error"]["Code"] == "RequestSizeLimitExceeded"


def test_a_method_that_the_cloud_does_not_speak_is_refused_in_its_words(client):
    client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    status, _, body = client.answer()
    assert (status, response(body)["Error"]["Code"]) == (200, "UnsupportedProtocol")


def test_a_path_that_is_neither_cloud_nor_control_door_is_not_found(client):
    client.send(b"POST /v2/index.php HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    status, _, body = client.answer()
    assert status == 404
    assert "/_emulator/" in json.loads(body)["errors"][0]["message"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nno colon\r\n\r\n",
        b"CONNECTED / HTTP/1.1\r\n\r\n",
    ],
)
def test_garbage_gets_400_and_an_end(server, garbage):
    with Client(server.endpoint) as client:
        client.send(garbage)
        assert client.read_until(b"\r\n").split(b" ")[1] == b"400"


def test_garbage_leaves_the_server_serving(server, account):
    for garbage in (
        b"\x16\x03\x01garbage",
        b"\x00" * 1000,
        b"CONNECT\r\n\r\n",
        b"CONNECT x HTTP/1.1\r\n\r\n\x16",
    ):
        with Client(server.endpoint) as client:
            client.send(garbage)
    with Client(server.endpoint) as client:
        client.send(request(account))
        assert client.answer()[0] == 200


# --- TLS and proxies -----------------------------------------------------------------------------------


def test_tls_is_spoken_on_the_same_port(server, account, client):
    client.wrap(server.ca_pem, "localhost")
    client.send(request(account))
    assert response(client.answer()[2])["AccountId"] == account.uin


def test_the_certificate_is_for_the_host_the_client_names(server, account, client):
    client.wrap(server.ca_pem, "sts.ap-guangzhou.tencentcloudapi.com")
    client.send(request(account))
    assert client.answer()[0] == 200


def test_a_client_that_names_no_host_gets_a_certificate_for_the_address(server, account, client):
    client.wrap(server.ca_pem, "127.0.0.1")
    client.send(request(account))
    assert client.answer()[0] == 200


def test_a_client_that_does_not_trust_our_authority_gets_no_connection(client):
    with pytest.raises(ssl.SSLCertVerificationError):
        client.socket = ssl.create_default_context().wrap_socket(client.socket, server_hostname="localhost")


def test_connect_leads_to_tls_for_the_host_that_was_asked_for(server, account, client):
    client.send(b"CONNECT sts.tencentcloudapi.com:443 HTTP/1.1\r\nHost: sts.tencentcloudapi.com:443\r\n\r\n")
    assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    client.wrap(server.ca_pem, "sts.tencentcloudapi.com")
    for _ in range(2):
        client.send(request(account))
        assert response(client.answer()[2])["AccountId"] == account.uin


def test_connect_leads_to_plain_http_too(account, client):
    client.send(b"CONNECT sts.tencentcloudapi.com:80 HTTP/1.1\r\n\r\n")
    client.read_until(b"\r\n\r\n")
    client.send(request(account))
    assert client.answer()[0] == 200


def test_a_large_answer_passes_tls_whole(server, client):
    account = server.new_account(world="demo")
    client.wrap(server.ca_pem, "localhost")
    client.send(request(account, "cvm:DescribeInstances"))
    assert len(response(client.answer()[2])["InstanceSet"]) == 20
    account.close()


def test_the_authority_can_be_kept_in_a_folder(tmp_path):
    with Emulator(ca_dir=tmp_path / "ca") as first:
        pem = first.ca_pem
    with Emulator(ca_dir=tmp_path / "ca") as second:
        assert second.ca_pem == pem
    assert (tmp_path / "ca" / "ca-key.pem").stat().st_mode & 0o077 == 0


# --- Answers that suffer -------------------------------------------------------------------------------


def test_a_dropped_answer_closes_the_connection_without_a_byte(account, client):
    account.fault("drop", action="sts:*")
    client.send(request(account))
    assert client.is_closed()


def test_a_cut_answer_announces_more_than_it_brings(account, client):
    account.fault("reset", action="sts:*", share=0.5)
    client.send(request(account))
    with pytest.raises(EOFError) as caught:
        client.answer()
    assert 0 < len(caught.value.args[0]) < 1000


def test_a_delayed_answer_holds_up_nobody_else(server, account, client):
    account.fault("delay", action="sts:*", seconds=60, times=1)
    client.send(request(account))
    while not account.calls():
        time.sleep(0.005)
    with Client(server.endpoint) as other:
        other.send(request(account))
        assert other.answer()[0] == 200


def test_a_status_and_content_type_leave_as_planned(account, client):
    account.fault("http_status", action="sts:*", status=502)
    client.send(request(account))
    assert client.answer()[0] == 502


# --- The end -------------------------------------------------------------------------------------------


def test_stopping_ends_idle_connections_and_frees_the_port():
    with Emulator() as running, Client(running.endpoint) as idle, Client(running.endpoint) as silent:
        idle.send(b"GET /_emulator/health HTTP/1.1\r\nHost: x\r\n\r\n")
        idle.answer()
        running.stop()
        assert idle.is_closed()
        assert silent.is_closed()


def test_an_answer_under_way_still_leaves_when_the_server_stops():
    with Emulator() as running, Client(running.endpoint) as client:
        running.fault("delay", action="sts:*", seconds=0.2)
        client.send(request(running.account))
        while not running.calls():
            time.sleep(0.01)
        running.stop()
        assert client.answer()[0] == 200
