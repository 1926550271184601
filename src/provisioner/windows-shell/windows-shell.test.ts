import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fakeCommunicator } from "../../../test/fakes/communicator.ts";
import { prepareOptions } from "../../../test/fakes/prepare.ts";
import { provisioning } from "../../../test/fakes/provisioning.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { failure } from "../../diagnostic/build-error.ts";
import { windowsShell } from "./windows-shell.ts";

describe("provisioner/windows-shell", () => {
  const { folder, provision } = provisioning(windowsShell, "win32");
  before(async () => {
    await writeFile(join(folder(), "one.bat"), "@echo off\r\necho one\r\n");
    await writeFile(join(folder(), "two.bat"), "echo two\r\n");
  });

  test("an inline script is uploaded and run with Packer's command, and stays", async () => {
    const { communicator, lines } = await provision({ inline: ["echo a", "echo b"], environment_vars: ["FOO=b a r"] });
    assert.deepEqual(communicator.calls, [
      "upload c:/Windows/Temp/script.bat",
      'exec set "FOO=b a r" && set "PACKER_BUILDER_TYPE=null" && set "PACKER_BUILD_NAME=test" && "c:/Windows/Temp/script.bat"',
    ]);
    assert.equal(communicator.text("c:/Windows/Temp/script.bat"), "echo a\necho b\n");
    assert.deepEqual(lines, ["==> Provisioning with windows-shell...", "==> Provisioning with shell script: inline"]);
  });

  test("scripts run in their order, byte by byte", async () => {
    const { communicator, lines } = await provision({
      scripts: ["one.bat", "two.bat"],
      remote_path: "c:/s.cmd",
      execute_command: "call {{.Path}} & {{.Vars}}",
    });
    assert.deepEqual(lines.slice(1), [
      "==> Provisioning with shell script: one.bat",
      "==> Provisioning with shell script: two.bat",
    ]);
    assert.equal(
      communicator.commands[0],
      'call c:/s.cmd & set "PACKER_BUILDER_TYPE=null" && set "PACKER_BUILD_NAME=test" && ',
    );
    assert.equal(communicator.text("c:/s.cmd"), "echo two\r\n");
  });

  test("an exit code that is not allowed fails", async () => {
    const failing = () => fakeCommunicator().on(/script\.bat/, 5);
    await rejectsWith(provision({ inline: ["x"] }, { communicator: failing() }), {
      code: "provisioner/exit-status",
      message: "Script exited with non-zero exit status: 5. Allowed exit codes are: [0]",
    });
    await provision({ inline: ["x"], valid_exit_codes: [5] }, { communicator: failing() });
    const lost = fakeCommunicator().on(/script\.bat/, { disconnect: true });
    await rejectsWith(provision({ inline: ["x"] }, { communicator: lost }), { code: "provisioner/disconnected" });
  });

  test("upload and start are tried again while the machine restarts", async () => {
    const communicator = fakeCommunicator().failTransfer(
      /script/,
      failure("network", "communicator/winrm-refused", "Away"),
      2,
    );
    await provision({ inline: ["x"] }, { communicator });
    assert.equal(communicator.calls.length, 4);
  });

  test("wrong options are reported", async () => {
    const problems = async (given: Readonly<Record<string, unknown>>): Promise<string> =>
      (await prepareOptions(windowsShell, given)).problems.join();
    assert.match(await problems({}), /Either a script file or inline script must be specified/);
    assert.match(await problems({ script: "nowhere.bat" }), /Bad script 'nowhere\.bat'/);
    assert.match(await problems({ inline: ["x"], environment_vars: ["=x"] }), /not in format/);
  });
});
