# Drives a test machine with pywinrm: PORT TRANSPORT. Prints what came back as JSON.
import json
import sys

from winrm.protocol import Protocol

port, transport = sys.argv[1:3]
protocol = Protocol(
    endpoint=f"http://127.0.0.1:{port}/wsman",
    transport=transport,
    username="vagrant",
    password="vagrant",
    message_encryption="always" if transport == "ntlm" else "never",
)
results = []


def run(shell, command, arguments=(), stdin=None):
    command_id = protocol.run_command(shell, command, arguments, console_mode_stdin=stdin is None)
    if stdin is not None:
        protocol.send_command_input(shell, command_id, stdin, end=True)
    out, err, code = protocol.get_command_output(shell, command_id)
    protocol.cleanup_command(shell, command_id)
    results.append([out.decode(), err.decode(), code])


shell = protocol.open_shell(codepage=65001)
run(shell, "echo", ["hällo", "wörld"])
run(shell, "exit 7")
run(shell, "nonesuch")
run(shell, "more", stdin=b"from stdin")
run(shell, "quiet")
protocol.close_shell(shell)
print(json.dumps(results))
