import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FakeCommunicator, fakeCommunicator } from "../../../test/fakes/communicator.ts";
import { configOf } from "../../../test/fakes/prepare.ts";
import { type FakeProvisionRun, fakeProvisionRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { failure } from "../../diagnostic/build-error.ts";
import { windowsRestart } from "./windows-restart.ts";

const AWAY = { refuse: failure("network", "communicator/winrm-refused", "Away") };
const RESTART = 'shutdown /r /f /t 0 /c "packer restart"';
const PROBE = 'shutdown /r /f /t 60 /c "packer restart test"';

function isScript(containing: string): (command: string) => boolean {
  return (command) => decoded(command).includes(containing);
}

function decoded(command: string): string {
  const encoded = /-EncodedCommand (\S+)/.exec(command)?.[1];
  return encoded === undefined ? command : Buffer.from(encoded, "base64").toString("utf16le");
}

/** A machine that is back: it answers the question whether it is, and has no registry keys. */
function machine(more: { pending?: string[] | undefined; back?: number | undefined } = {}): FakeCommunicator {
  const communicator = fakeCommunicator();
  let asked = 0;
  return communicator.on(/-EncodedCommand/, (command, io) => {
    if (isScript("restarted.")(command)) {
      asked += 1;
      if (asked < (more.back ?? 1)) {
        return { end: "disconnected" };
      }
      io.stdout(Buffer.from("WINBOX restarted.\r\n"));
    }
    if (isScript("Test-Path")(command)) {
      const found = more.pending?.shift();
      io.stdout(Buffer.from(found === undefined ? "False\r\n" : "True\r\n"));
    }
    return { end: "exited", code: 0 };
  });
}

async function provision(
  communicator: FakeCommunicator,
  given: Readonly<Record<string, unknown>> = {},
): Promise<FakeProvisionRun> {
  const run = fakeProvisionRun({ communicator });
  await windowsRestart.provision(await configOf(windowsRestart, given), run);
  return run;
}

describe("provisioner/windows-restart", () => {
  test("restarts the machine, sees it go and come back", async () => {
    const communicator = machine({ back: 3 }).on(PROBE, AWAY).on(PROBE, 1115, 2);
    const run = await provision(communicator);
    assert.deepEqual(run.lines, [
      "==> Restarting Machine",
      "==> Waiting for machine to restart...",
      "    WINBOX restarted.",
      "==> Machine successfully restarted, moving on",
    ]);
    assert.deepEqual(communicator.commands.slice(0, 4), [RESTART, PROBE, PROBE, PROBE]);
    assert.deepEqual(
      run.host.clock.sleeps.filter((wait) => wait === 10_000 || wait === 5_000),
      [10_000, 10_000, 5_000, 5_000, 5_000],
    );
  });

  test("takes back its own restart when the machine was back before it looked", async () => {
    const communicator = machine().on(PROBE, 0);
    await provision(communicator);
    assert.equal(communicator.commands[2], "shutdown /a");
  });

  test("a machine that goes down before it answers has done what it was told", async () => {
    await provision(machine().on(PROBE, AWAY).on(RESTART, { disconnect: true }));
    for (const code of [1115, 1190]) {
      await provision(machine().on(PROBE, AWAY).on(RESTART, code));
    }
  });

  test("a restart command that fails ends it", async () => {
    await rejectsWith(provision(fakeCommunicator().on(RESTART, 5)), {
      code: "provisioner/exit-status",
      message: "Restart script exited with non-zero exit status: 5",
    });
  });

  test("one's own check must succeed once before the machine is asked", async () => {
    const communicator = machine().on(PROBE, 1).on("my check", 0).on("my check", 1, 2);
    await provision(communicator, { restart_command: "my restart", restart_check_command: "my check" });
    assert.deepEqual(
      communicator.commands.filter((command) => command.startsWith("my")),
      ["my restart", "my check", "my check", "my check"],
    );
  });

  test("waits until the registry has nothing pending", async () => {
    const communicator = machine({ pending: ["x", "x"] }).on(PROBE, AWAY);
    const run = await provision(communicator, { check_registry: true });
    const keys = communicator.commands.map(decoded).filter((command) => command.includes("Test-Path"));
    assert.equal(keys.length, 5, "twice the first, then all three");
    assert.match(
      keys.at(-1) ?? "",
      /Test-Path "HKLM:Software\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootInProgress"/,
    );
    assert.ok(run.lines.some((line) => line.includes("Windows is not done yet: HKLM:")));
  });

  test("gives up after restart_timeout, also when the machine never answers", async () => {
    const never = machine({ back: 1_000_000 }).on(PROBE, AWAY);
    await rejectsWith(provision(never, { restart_timeout: "1m" }), {
      code: "provisioner/restart-timeout",
      failure: "timeout",
      message: "Timeout waiting for machine to restart.",
    });
    const hanging = machine().on(PROBE, () => new Promise(() => {}));
    await rejectsWith(provision(hanging, { restart_timeout: "1m" }), { code: "provisioner/restart-timeout" });
  });
});
