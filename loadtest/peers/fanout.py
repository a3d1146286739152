"""Sends alerts with Google's own SDK for Python, as the bench orders: one JSON line an order, one JSON
line an answer.

Nothing of the SDK is changed. One thing of the platform under it is: `socket.getaddrinfo` finds
Google's host at the stand-in.

Wants PYTHONPATH (where firebase_admin is) and REQUESTS_CA_BUNDLE (whom to trust).
"""

import json
import socket
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit

import firebase_admin
from firebase_admin import credentials, messaging
from google.auth.credentials import Credentials

GOOGLE = "fcm.googleapis.com"


def lead_to(base):
    real, to = socket.getaddrinfo, urlsplit(base)

    def find(host, port, *rest, **named):
        if host == GOOGLE:
            host, port = to.hostname, to.port
        return real(host, port, *rest, **named)

    socket.getaddrinfo = find


class Ready(credentials.Base):
    """Credentials with an access token that is there already and does not end."""

    def __init__(self, token):
        self._held = Held(token)

    def get_credential(self):
        return self._held


class Held(Credentials):
    def __init__(self, token):
        super().__init__()
        self.token = token

    def refresh(self, request):
        raise RuntimeError("the access token was refused")


def message(like, number):
    """The message that muster sends, in this SDK's words, to the phone of that number."""
    ttl = timedelta(seconds=int(like["android"]["ttl"].rstrip("s")))
    return messaging.Message(
        token=like["token"].replace("-0-", f"-{number}-"),
        data=like["data"],
        android=messaging.AndroidConfig(priority="high", ttl=ttl, direct_boot_ok=True),
    )


def send(messages):
    """How many were not taken, and the first error. The bench asks for no more than the SDK takes in one call."""
    try:
        responses = messaging.send_each(messages).responses
    except Exception as error:  # the bench counts and shows it
        return len(messages), repr(error)
    errors = [response.exception for response in responses if not response.success]
    return len(errors), repr(errors[0]) if errors else ""


def answer(like, count):
    messages = [message(like, number) for number in range(count)]
    used, start = time.process_time_ns(), time.monotonic_ns()
    errors, words = send(messages)
    return {
        "start_ns": start,
        "cpu_ns": time.process_time_ns() - used,
        "errors": errors,
        "words": words,
    }


def main():
    setup = json.loads(sys.stdin.readline())
    lead_to(setup["base_url"])
    firebase_admin.initialize_app(Ready(setup["token"]), {"projectId": setup["project"]})
    say({"ready": True, "version": firebase_admin.__version__})
    for line in sys.stdin:
        say(answer(setup["like"], json.loads(line)["count"]))


def say(what):
    print(json.dumps(what), flush=True)


main()
