"""The socket's side of the server: HTTP/1.1, TLS and proxy requests on one port."""
