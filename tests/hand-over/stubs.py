"""Stubs of Vault's key-value store and of Azure Key Vault, held to their documentation."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "s.of-the-test"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        length = int(self.headers.get("content-length") or 0)
        return self.rfile.read(length)

    def reply(self, status, value, headers=()):
        data = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(handler, tls=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    scheme, host = "http", "127.0.0.1"
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme, host = "https", "localhost"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"{scheme}://{host}:{server.server_address[1]}"


def vault():
    """https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2"""
    secrets = {}

    class Vault(Handler):
        def handle_call(self):
            body = json.loads(self.body() or b"{}")
            if self.headers.get("x-vault-token") != TOKEN:
                return self.reply(403, {"errors": ["permission denied"]})
            if self.path == "/v1/sys/capabilities-self":
                return self.reply(200, {"data": {"capabilities": ["create", "read", "update"]}})
            kind, path = self.path.removeprefix("/v1/secret/").split("/", 1)
            path = path.split("?")[0]
            versions, custom = secrets.setdefault(path, ([], {}))
            metadata = {"version": len(versions), "custom_metadata": custom, "destroyed": False}
            if kind == "metadata":
                custom.clear()
                custom.update(body["custom_metadata"])
                return self.reply(204, None)
            if self.command == "GET":
                if not versions:
                    return self.reply(404, {"errors": []})
                return self.reply(200, {"data": {"data": versions[-1], "metadata": metadata}})
            if body.get("options", {}).get("cas", len(versions)) != len(versions):
                error = "check-and-set parameter did not match the current version"
                return self.reply(400, {"errors": [error]})
            versions.append(body["data"])
            return self.reply(200, {"data": {"version": len(versions)}})

        do_GET = do_POST = do_PUT = handle_call

    return serve(Vault)


def azure(tls):
    """https://learn.microsoft.com/en-us/rest/api/keyvault/secrets/operation-groups"""
    versions = []

    class Azure(Handler):
        def handle_call(self):
            body = self.body()
            if self.path == "/tenant/oauth2/v2.0/token":
                return self.reply(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                challenge = (
                    'Bearer authorization="https://login.microsoftonline.com/tenant", '
                    'resource="https://vault.azure.net"'
                )
                error = {"error": {"code": "Unauthorized", "message": "no token"}}
                return self.reply(401, error, [("www-authenticate", challenge)])
            if self.command == "PUT":
                versions.append(json.loads(body))
            elif not versions:
                return self.reply(404, {"error": {"code": "SecretNotFound", "message": "none"}})
            number = f"{len(versions):032x}"
            return self.reply(200, {**versions[-1], "id": f"{url}/secrets/logger/{number}"})

        do_GET = do_POST = do_PUT = handle_call

    url = serve(Azure, tls)
    return url
