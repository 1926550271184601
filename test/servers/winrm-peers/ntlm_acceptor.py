# Accepts an NTLM exchange with pyspnego: [BINDINGS-HEX]. The user file comes in NTLM_USER_FILE.
# Reads one line of hex after another: NEGOTIATE, AUTHENTICATE, then HEADER:DATA of sealed messages.
# Answers: the challenge, "ok" or an error, and each message sealed again with "got: " in front.
import sys

import spnego
from spnego.channel_bindings import GssChannelBindings


def answer(text):
    print(text, flush=True)


bindings = GssChannelBindings(application_data=bytes.fromhex(sys.argv[1])) if len(sys.argv) > 1 else None
context = spnego.server(
    protocol="ntlm", hostname="winbox", service="HTTP", options=spnego.NegotiateOptions.use_ntlm, channel_bindings=bindings
)
try:
    answer(context.step(bytes.fromhex(sys.stdin.readline())).hex())
    context.step(bytes.fromhex(sys.stdin.readline()))
    answer(f"ok {context.client_principal}" if context.complete else "incomplete")
    for line in sys.stdin:
        header, data = (bytes.fromhex(part) for part in line.strip().split(":"))
        message = context.unwrap_winrm(header, data)
        sealed = context.wrap_winrm(b"got: " + message)
        answer(f"{sealed.header.hex()}:{sealed.data.hex()}")
except spnego.exceptions.SpnegoError as error:
    answer(f"error {type(error).__name__}")
