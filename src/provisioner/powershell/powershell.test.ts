import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fakeCommunicator } from "../../../test/fakes/communicator.ts";
import { prepareOptions } from "../../../test/fakes/prepare.ts";
import { provisioning } from "../../../test/fakes/provisioning.ts";
import type { FakeProvisionRun } from "../../../test/fakes/run.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { failure } from "../../diagnostic/build-error.ts";
import { powershell } from "./powershell.ts";

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

describe("provisioner/powershell", () => {
  const { folder, provision } = provisioning(powershell, "win32");
  before(async () => {
    await writeFile(join(folder(), "setup.ps1"), "Write-Output 'hi'\r\n");
  });

  /** What was asked of the machine, with every UUID as `ID`. */
  function calls(run: FakeProvisionRun): string[] {
    return run.communicator.calls.map((call) =>
      call.replaceAll(UUID, "ID").replace(/(?<=-EncodedCommand )\S+/, "SCRIPT"),
    );
  }

  async function problems(given: Readonly<Record<string, unknown>>): Promise<string> {
    return (await prepareOptions(powershell, given)).problems.join("\n");
  }

  test("a script is uploaded with its variables, run by Packer's command and removed", async () => {
    const run = await provision(
      { script: "setup.ps1", environment_vars: ["A=1"] },
      { build: { name: "web", builderType: "null" } },
    );
    assert.deepEqual(calls(run), [
      "upload c:/Windows/Temp/packer-ps-env-vars-ID.ps1",
      "upload c:/Windows/Temp/script-ID.ps1",
      "exec powershell -executionpolicy bypass \"& { if (Test-Path variable:global:ProgressPreference){set-variable -name variable:global:ProgressPreference -value 'SilentlyContinue'};. c:/Windows/Temp/packer-ps-env-vars-ID.ps1; &'c:/Windows/Temp/script-ID.ps1'; exit $LastExitCode }\"",
      "exec powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand SCRIPT",
    ]);
    assert.deepEqual(run.lines, [
      "==> Provisioning with Powershell...",
      "==> Provisioning with powershell script: setup.ps1",
    ]);
    const [variables, script] = [...run.communicator.files.values()].map(({ content }) => content.toString());
    assert.equal(variables, '$env:A="1"; $env:PACKER_BUILDER_TYPE="null"; $env:PACKER_BUILD_NAME="web"; ');
    assert.equal(script, "Write-Output 'hi'\r\n", "byte by byte");
    const removal = Buffer.from(run.communicator.commands.at(-1)?.split(" ").at(-1) ?? "", "base64").toString(
      "utf16le",
    );
    assert.match(
      removal,
      /Remove-Item -LiteralPath 'c:\/Windows\/Temp\/packer-ps-env-vars-.*', 'c:\/Windows\/Temp\/script-.*' -Force/,
    );
  });

  test("an inline script is one file that brings its variables along and ends with the last program's exit code", async () => {
    const run = await provision({ inline: ["Write-Output 'a'", "cmd /c exit 3"], env: { A: "1" }, skip_clean: true });
    assert.deepEqual(calls(run), [
      "upload c:/Windows/Temp/script-ID.ps1",
      "exec powershell -executionpolicy bypass -file c:/Windows/Temp/script-ID.ps1",
    ]);
    assert.equal(
      [...run.communicator.files.values()][0]?.content.toString(),
      [
        "if (Test-Path variable:global:ProgressPreference) { Set-Variable -Name variable:global:ProgressPreference -Value 'SilentlyContinue' }",
        '$env:A="1"; $env:PACKER_BUILDER_TYPE="null"; $env:PACKER_BUILD_NAME="test";',
        "try {",
        "Write-Output 'a'",
        "cmd /c exit 3",
        "} catch {",
        "Write-Error -ErrorRecord $_ -ErrorAction Continue",
        "exit 1",
        "}",
        "if ((Test-Path variable:global:LASTEXITCODE) -and $global:LASTEXITCODE) { exit $global:LASTEXITCODE }",
        "exit 0",
        "",
      ].join("\n"),
    );
  });

  test("an inline script keeps its characters in Windows PowerShell, which needs a mark for UTF-8", async () => {
    const run = await provision({ inline: ["Write-Output 'ü'"], skip_clean: true });
    assert.deepEqual([...run.communicator.files.values()][0]?.content.subarray(0, 3), Buffer.from([0xef, 0xbb, 0xbf]));
  });

  test("what double quotes would expand is escaped in variables", async () => {
    const run = await provision({ script: "setup.ps1", env: { A: `b$r'q"\`x` }, skip_clean: true });
    assert.match(run.communicator.text([...run.communicator.files.keys()][0] ?? ""), /\$env:A="b`\$r`'q`"``x"; /);
  });

  test("policy, PowerShell Core and tracing change the command", async () => {
    const command = async (given: Readonly<Record<string, unknown>>): Promise<string> =>
      calls(await provision({ script: "setup.ps1", skip_clean: true, ...given })).at(-1) ?? "";
    assert.match(
      await command({ execution_policy: "remotesigned" }),
      /^exec powershell -executionpolicy remotesigned "& \{/,
    );
    assert.match(await command({ execution_policy: "none" }), /^exec & \{.*exit \$LastExitCode \}$/);
    assert.match(await command({ use_pwsh: true }), /^exec pwsh -executionpolicy bypass -command "& \{/);
    assert.match(await command({ debug_mode: 1 }), /'SilentlyContinue'\};Set-PsDebug -Trace 1;\. c:/);
    assert.equal(
      await command({ script: undefined, inline: ["x"], use_pwsh: true }),
      "exec pwsh -executionpolicy bypass -file c:/Windows/Temp/script-ID.ps1",
    );
    assert.equal(
      await command({ script: undefined, inline: ["x"], execution_policy: "none" }),
      "exec -file c:/Windows/Temp/script-ID.ps1",
    );
    const traced = await provision({ inline: ["x"], debug_mode: 2, skip_clean: true });
    assert.match([...traced.communicator.files.values()][0]?.content.toString() ?? "", /^Set-PsDebug -Trace 2$/m);
  });

  test("a command of one's own gets the script as it is and a file of variables", async () => {
    const run = await provision({
      inline: ["x"],
      execute_command: "run {{.Path}} with {{.Vars}}",
      remote_path: "c:/s.ps1",
      remote_env_var_path: "c:/v.ps1",
    });
    assert.deepEqual(calls(run).slice(0, 3), ["upload c:/v.ps1", "upload c:/s.ps1", "exec run c:/s.ps1 with c:/v.ps1"]);
    assert.equal(run.communicator.text("c:/s.ps1"), "x\n");
  });

  test("a remote folder keeps the names of scripts", async () => {
    assert.ok(
      calls(await provision({ script: "setup.ps1", remote_path: "c:/scripts/" })).includes(
        "upload c:/scripts/setup.ps1",
      ),
    );
  });

  test("another user's script runs as a scheduled task with that user's password", async () => {
    const run = await provision({
      script: "setup.ps1",
      elevated_user: "O'Brien",
      elevated_password: "p'$w",
      skip_clean: true,
    });
    const steps = calls(run);
    assert.deepEqual(steps.slice(1), [
      "upload C:/Windows/Temp/packer-elevated-shell-ID.ps1",
      "upload c:/Windows/Temp/script-ID.ps1",
      'exec powershell -executionpolicy bypass -file "C:/Windows/Temp/packer-elevated-shell-ID.ps1"',
    ]);
    assert.deepEqual(run.hidden, ["p'$w"]);
    const task = [...run.communicator.files].find(([path]) => path.includes("elevated"))?.[1].content.toString() ?? "";
    assert.match(task, /RegisterTaskDefinition\(\$name, \$definition, 6, 'O''Brien', 'p''\$w', 1, \$null\)/);
    assert.match(task, /<UserId>O&apos;Brien<\/UserId>\n {6}<LogonType>Password/);
  });

  test("SYSTEM needs no password and logs on as a service", async () => {
    const run = await provision({ inline: ["x"], elevated_user: "SYSTEM", skip_clean: true });
    const task = [...run.communicator.files].find(([path]) => path.includes("elevated"))?.[1].content.toString() ?? "";
    assert.match(task, /6, 'SYSTEM', \$null, 5, \$null\)/);
    assert.doesNotMatch(task, /LogonType/);
    assert.match(
      task,
      /<Arguments>\/c powershell -executionpolicy bypass -file c:\/Windows\/Temp\/script-[^ ]+ &gt; %SYSTEMROOT%\/Temp\/packer-[^ ]+\.out 2&gt;&amp;1</,
    );
  });

  test("an exit code that is not allowed fails with Packer's words, after the clean-up", async () => {
    const communicator = fakeCommunicator().on(/-file/, 3);
    await rejectsWith(provision({ inline: ["x"] }, { communicator }), {
      code: "provisioner/exit-status",
      message: "Script exited with non-zero exit status: 3. Allowed exit codes are: [0]",
    });
    assert.match(communicator.commands.at(-1) ?? "", /-EncodedCommand/);
    await provision({ inline: ["x"], valid_exit_codes: [0, 3] }, { communicator: fakeCommunicator().on(/-file/, 3) });
  });

  test("a lost connection fails unless its code is allowed", async () => {
    const lost = () => fakeCommunicator().on(/-file/, { disconnect: true });
    await rejectsWith(provision({ inline: ["x"] }, { communicator: lost() }), { code: "provisioner/disconnected" });
    await provision({ inline: ["x"], valid_exit_codes: [0, 16001] }, { communicator: lost() });
  });

  test("upload and start are tried again while the machine restarts", async () => {
    const away = failure("network", "communicator/winrm-refused", "Away");
    const communicator = fakeCommunicator()
      .failTransfer(/script-/, away, 2)
      .on(/-file/, { refuse: away }, 1);
    await provision({ inline: ["x"] }, { communicator });
    assert.equal(communicator.calls.filter((call) => call.startsWith("upload")).length, 4);
  });

  test("a clean-up that fails does not fail the build", async () => {
    const communicator = fakeCommunicator().on(/-EncodedCommand/, {
      refuse: failure("network", "communicator/winrm-refused", "Away"),
    });
    const run = await provision({ inline: ["x"] }, { communicator });
    assert.match(
      run.lines.at(-1) ?? "",
      /^ {4}These files could not be removed from the machine: c:\/Windows\/Temp\/script-/,
    );
  });

  test("wrong options are reported", async () => {
    assert.match(await problems({}), /Either a script file or inline script must be specified/);
    assert.match(
      await problems({ inline: ["x"], elevated_password: "p" }),
      /Must supply an 'elevated_user' if 'elevated_password' provided/,
    );
    assert.match(await problems({ script: "nowhere.ps1" }), /Bad script 'nowhere\.ps1'/);
    assert.match(await problems({ inline: ["x"], environment_vars: ["A"] }), /not in format 'key=value': A/);
    assert.match(await problems({ inline: ["x"], execution_policy: "lax" }), /execution_policy|lax/);
  });

  test("a cancelled run ends it", async () => {
    const stop = new AbortController();
    const communicator = fakeCommunicator().on(/-file/, () => {
      stop.abort(cancelled());
      return new Promise(() => {});
    });
    await rejectsWith(provision({ inline: ["x"] }, { communicator, signal: stop.signal }), { code: "host/cancelled" });
  });
});
