"""Rotates a key in each secrets manager, and reads it with the client of that manager."""

import json
import logging
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
import hvac
from azure.core.credentials import AccessToken
from azure.keyvault.secrets import SecretClient
from moto.server import ThreadedMotoServer

import stubs

admin, server, directory = sys.argv[1:]
tls = (f"{directory}/tls.pem", f"{directory}/tls.key")
# For the clients in Python, and for central-logger-admin.
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = tls[0]

# Each request, otherwise.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
moto.start()
aws_url = "http://127.0.0.1:%d" % moto.get_host_and_port()[1]
vault_url, azure_url = stubs.vault(), stubs.azure(tls)


class Credential:
    def get_token(self, *_, **__):
        return AccessToken(stubs.TOKEN, int(time.time()) + 3600)


def read_aws():
    client = boto3.client(
        "secretsmanager",
        endpoint_url=aws_url,
        region_name="eu-central-1",
        aws_access_key_id="AKID",
        aws_secret_access_key="secret",
    )
    found = client.get_secret_value(SecretId="acme/logger", VersionStage="AWSCURRENT")
    return found["SecretString"]


def read_vault():
    client = hvac.Client(url=vault_url, token=stubs.TOKEN)
    found = client.secrets.kv.v2.read_secret_version(path="acme/logger", raise_on_deleted_version=True)
    fields = found["data"]["data"]
    assert fields["LOGGER_API_URL"].endswith("/api/v1/logs"), fields
    return fields["LOGGER_API_KEY"]


def read_azure():
    client = SecretClient(azure_url, Credential(), verify_challenge_resource=False)
    return client.get_secret("logger").value


TARGETS = {
    "aws": ("aws-secretsmanager:acme/logger?region=eu-central-1", read_aws),
    "vault": ("vault:secret/acme/logger", read_vault),
    "azure": (f"azure-keyvault:{azure_url}/secrets/logger", read_azure),
}
ENVIRONMENT = {
    **os.environ,
    "AWS_ENDPOINT_URL": aws_url,
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "VAULT_ADDR": vault_url,
    "VAULT_TOKEN": stubs.TOKEN,
    "LOGGER_AZURE_VAULT_URL": azure_url,
    "AZURE_AUTHORITY_HOST": azure_url,
    "AZURE_TENANT_ID": "tenant",
    "AZURE_CLIENT_ID": "app",
    "AZURE_CLIENT_SECRET": "secret",
}
said = []


def run(*arguments):
    done = subprocess.run([admin, "--json", *arguments], env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    said.append(done.stdout + done.stderr)
    return json.loads(done.stdout)


def accepted(key):
    request = urllib.request.Request(f"{server}/api/v1/whoami", headers={"X-API-Key": key})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["key_id"]


keys = []
for client, (target, read) in TARGETS.items():
    run("deliver", "set", "--client", client, target)
    checked = run("deliver", "check", "--client", client)["targets"][0]
    assert checked["ok"], checked
    issued = run("issue", "--client", client, "--deliver", "--expires", "90d")
    keys.append(read())
    assert accepted(keys[-1]) == issued["key_id"]
    for _ in range(3):
        before = keys[-1]
        rotated = run("rotate", accepted(before), "--deliver")
        keys.append(read())
        assert accepted(keys[-1]) == rotated["key_id"]
        assert accepted(before) == rotated["replaces"], "until the grace ends"
    print(f"{client}: {len(keys)} keys so far, each accepted when it was read")

report = run("rotate", "--due", "0", "--deliver")
assert len(report["rotated"]) == len(TARGETS) and not report["failed"], report
for client, (target, read) in TARGETS.items():
    keys.append(read())
    accepted(keys[-1])
assert not any(key in text for key in keys for text in said), "a key was shown"
moto.stop()
