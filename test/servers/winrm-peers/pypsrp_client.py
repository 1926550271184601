# Drives a test machine with pypsrp: PORT AUTH SSL(0|1). Prints what came back as JSON.
import json
import sys
import warnings

from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import WSMan

warnings.filterwarnings("ignore")
port, auth, ssl = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "1"
wsman = WSMan(
    "127.0.0.1",
    port=port,
    ssl=ssl,
    auth=auth,
    username="vagrant",
    password="vagrant",
    cert_validation=False,
    encryption="always" if auth == "ntlm" and not ssl else "never",
)
results = []
with wsman, WinRS(wsman, environment={"COLOUR": "blue"}) as shell:
    for command, arguments in (("echo", ["%COLOUR%", "hällo"]), ("exit 5", None), ("echo", ["x" * 300_000])):
        process = Process(shell, command, arguments)
        process.invoke()
        results.append([process.stdout.decode(), process.stderr.decode(), process.rc])
        process.signal(SignalCode.CTRL_C)
print(json.dumps(results))
