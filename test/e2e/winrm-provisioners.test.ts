// The Windows provisioners over a real connection, to a machine that really goes away and comes back.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { winrm } from "../../src/communicator/winrm/winrm.ts";
import { powershell } from "../../src/provisioner/powershell/powershell.ts";
import { windowsRestart } from "../../src/provisioner/windows-restart/windows-restart.ts";
import { windowsShell } from "../../src/provisioner/windows-shell/windows-shell.ts";
import type { ProvisionRun } from "../../src/sdk/provisioner.ts";
import { configOf } from "../fakes/prepare.ts";
import { fakeRun } from "../fakes/run.ts";
import { rejectsWith } from "../rejects.ts";
import { quickHost } from "../servers/winrm-fixture.ts";
import { startWinrmServer, type WinrmServer } from "../servers/winrm-server.ts";

/** A machine that may be another one on the same port later, and a run over a sealed connection to it. */
async function session() {
  let server = await startWinrmServer({ allowUnencrypted: false });
  const { port } = server;
  const run = fakeRun({ host: quickHost() });
  const given = {
    winrm_host: "127.0.0.1",
    winrm_port: port,
    winrm_username: "vagrant",
    winrm_password: "vagrant",
    winrm_use_ntlm: true,
  };
  const communicator = await winrm.connect(await configOf(winrm, given), {}, run);
  return {
    communicator,
    run: Object.assign(run, { communicator }) as unknown as ProvisionRun,
    lines: () => run.lines.slice(3),
    machine: () => server.machine,
    /** Goes away with all connections and shells, and comes back after a while. */
    async restart(prepare: (server: WinrmServer) => void): Promise<void> {
      await server.close();
      await sleep(300);
      server = await startWinrmServer({ allowUnencrypted: false, port });
      prepare(server);
    },
    async close(): Promise<void> {
      await communicator.close();
      await server.close();
    },
  };
}

describe("e2e/winrm/provisioners", () => {
  it("powershell shows output as it comes, passes variables and exit codes on and cleans up", async () => {
    const { run, lines, machine, close } = await session();
    const inline = ['Write-Output "hällo $env:GREETING"', "cmd /c 'exit 3'"];
    await powershell.provision(
      await configOf(powershell, { inline, env: { GREETING: `wörld "'$x` }, valid_exit_codes: [3] }),
      run,
    );
    assert.deepEqual(lines(), [
      "==> Provisioning with Powershell...",
      "==> Provisioning with powershell script: inline",
      `    hällo wörld "'$x`,
    ]);
    assert.deepEqual([...machine().files.keys()], [], "nothing is left on the machine");
    await close();
  });

  it("powershell runs as somebody else through a scheduled task", async () => {
    const { run, lines, machine, close } = await session();
    const options = { inline: ["Write-Output 'elevated'", "exit 4"], elevated_user: "SYSTEM", valid_exit_codes: [4] };
    await powershell.provision(await configOf(powershell, options), run);
    assert.equal(lines().at(-1), "    elevated");
    assert.ok(
      machine().history.some((line) =>
        line.startsWith("[task as SYSTEM] powershell -executionpolicy bypass -file c:/Windows/Temp/script-"),
      ),
    );
    await close();
  });

  it("windows-shell sets variables and reports exit codes", async () => {
    const { run, lines, close } = await session();
    await windowsShell.provision(
      await configOf(windowsShell, { inline: ["echo %A%"], environment_vars: ["A=1 2"] }),
      run,
    );
    assert.equal(lines().at(-1), "    1 2");
    await rejectsWith(windowsShell.provision(await configOf(windowsShell, { inline: ["exit /b 9"] }), run), {
      code: "provisioner/exit-status",
    });
    await close();
  });

  it("windows-restart sees the machine go and come back, and the build goes on", async () => {
    const machine = await session();
    const { run, lines, close } = machine;
    let back: Promise<void> | undefined;
    machine.machine().program(/^shutdown \/r \/f \/t 0/, () => {
      back = sleep(100).then(() => machine.restart((server) => void server.machine.registry.add("nothing")));
      return 0;
    });
    machine.machine().program(/^shutdown \/r \/f \/t 60/, () => 1115);
    await windowsRestart.provision(await configOf(windowsRestart, { check_registry: true }), run);
    await back;
    assert.deepEqual(lines(), [
      "==> Restarting Machine",
      "==> Waiting for machine to restart...",
      "    WINBOX restarted.",
      "==> Machine successfully restarted, moving on",
    ]);
    await windowsShell.provision(await configOf(windowsShell, { inline: ["echo after"] }), run);
    assert.equal(lines().at(-1), "    after");
    await close();
  });

  it("a script whose machine goes away fails with a word about it", async () => {
    const machine = await session();
    machine.machine().program(/-file c:\/Windows\/Temp\/script/, async ({ signal }) => {
      void sleep(200).then(() => machine.restart(() => {}));
      await sleep(10_000, undefined, { signal });
      return 0;
    });
    await rejectsWith(powershell.provision(await configOf(powershell, { inline: ["Restart-Computer"] }), machine.run), {
      code: "provisioner/disconnected",
    });
    await machine.close();
  });
});
