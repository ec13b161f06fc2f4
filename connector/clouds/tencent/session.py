"""How calls reach Tencent Cloud: the port, and the official SDK behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from connector.errors import BadInput, CloudError

if TYPE_CHECKING:
    from connector.model import Key

Answer = dict[str, Any]
"""The content of ``Response``, ``RequestId`` included."""

AGENT = "tcconnector"


class Session(Protocol):
    """A way to call Tencent Cloud as one key. Used from several threads at once."""

    def call(self, service: str, version: str, action: str, params: Mapping[str, Any], region: str) -> Answer:
        """Call once and return the content of ``Response``; anything else raises CloudError.

        An empty ``region`` sends none.
        """
        ...


class SdkSession:
    """A session over the official SDK's CommonClient, one client a (service, version).

    A client holds one HTTP connection pool. Every region of a service is called at one host, so each call
    names its region itself and shares connections with all others: a new one costs a handshake, and
    reading the certificate authorities. The SDK's own retryers stay off: ``StandardRetryer`` throws
    away a success that follows a failure.
    """

    def __init__(self, key: Key, endpoint: str | None = None, timeout_seconds: int = 30) -> None:
        self._key = key
        self._scheme, self._host = split_endpoint(endpoint)
        self._timeout_seconds = timeout_seconds
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = Lock()

    def call(self, service: str, version: str, action: str, params: Mapping[str, Any], region: str) -> Answer:
        """Call once through the SDK."""
        from requests.exceptions import RequestException
        from tencentcloud.common.exception import TencentCloudSDKException

        client = self._client(service, version)
        headers = {"X-TC-Region": region} if region else {}
        try:
            answer = client.call_json(action, dict(params), headers)
        except TencentCloudSDKException as error:
            raise CloudError(str(error.code), _text(error.message), str(error.requestId or "")) from error
        except RequestException as error:  # the SDK reads the body outside its own try
            raise CloudError("ClientNetworkError", f"the answer broke off: {error}") from error
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise CloudError(
                "ServerNetworkError", f"the answer is not the published JSON: {error}"
            ) from error
        return _content(answer)

    def _client(self, service: str, version: str) -> Any:
        with self._lock:
            client = self._clients.get((service, version))
            if client is None:
                client = self._clients[service, version] = self._open(service, version)
            return client

    def _open(self, service: str, version: str) -> Any:
        from tencentcloud.common.common_client import CommonClient
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile

        http = HttpProfile(protocol=self._scheme, endpoint=self._host, reqTimeout=self._timeout_seconds)
        profile = ClientProfile(httpProfile=http, language="en-US")
        profile.request_client = AGENT
        credential = Credential(self._key.SecretId, self._key.SecretKey.reveal())
        return CommonClient(service, version, credential, "", profile)


def split_endpoint(endpoint: str | None) -> tuple[str, str | None]:
    """Split ``http://host:port`` into the SDK's (protocol, endpoint); None is Tencent's own hosts."""
    if endpoint is None:
        return "https", None
    url = urlsplit(endpoint)
    if url.scheme not in ("http", "https") or not url.netloc or url.path.strip("/") or url.query:
        raise BadInput.at("endpoint", f"expected http://HOST:PORT or https://HOST[:PORT], not {endpoint!r}")
    return url.scheme, url.netloc


def _text(message: object) -> str:
    """An SDK message as text: it holds a whole HTTP body, as bytes, when the status is not 200."""
    return message.decode("utf-8", "replace")[:500] if isinstance(message, bytes) else str(message)


def _content(answer: object) -> Answer:
    """The content of ``Response``; the SDK lets errors pass under an unexpected Content-Type."""
    content = answer.get("Response") if isinstance(answer, dict) else None
    if not isinstance(content, dict):
        raise CloudError("ServerNetworkError", "the answer holds no `Response` object")
    error = content.get("Error")
    if isinstance(error, dict):
        raise CloudError(
            str(error.get("Code", "")), str(error.get("Message", "")), str(content.get("RequestId", ""))
        )
    return content
