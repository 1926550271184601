import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fakeCommunicator } from "../../../test/fakes/communicator.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { provisioning } from "../../../test/fakes/provisioning.ts";
import { fakeProvisionRun } from "../../../test/fakes/run.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { shell } from "./shell.ts";

const remotePath = /^\/tmp\/script_\d{1,4}\.sh$/;

describe("provisioner/shell", () => {
  const { folder, provision } = provisioning(shell, "linux");

  /** What the machine was sent before the script ran, as its clean-up takes it away again. */
  async function uploaded(given: Readonly<Record<string, unknown>>): Promise<string> {
    const { communicator } = await provision({ ...given, remote_path: "/tmp/s.sh", skip_clean: true });
    return communicator.text("/tmp/s.sh");
  }

  test("an inline script is uploaded, made executable, run and removed, in Packer's order", async () => {
    const { communicator, lines } = await provision(
      { inline: ["echo one", "echo two"] },
      { build: { name: "web", builderType: "docker" } },
    );
    const path = communicator.calls[0]?.slice("upload ".length) ?? "";
    assert.match(path, remotePath);
    assert.deepEqual(communicator.calls, [
      `upload ${path}`,
      `exec chmod 0755 ${path}`,
      `exec chmod +x ${path}; PACKER_BUILDER_TYPE='docker' PACKER_BUILD_NAME='web'  ${path}`,
      `exec rm -f ${path}`,
      "exec rm -f ",
    ]);
    assert.deepEqual(lines, ["==> Provisioning with shell script: inline"]);
    assert.equal(communicator.files.size, 0);
  });

  test("a folder with a blank in its name is one word of every command", async () => {
    const { communicator } = await provision({ inline: ["x"], remote_folder: "/my tmp", remote_file: "s.sh" });
    assert.equal(communicator.calls[0], "upload /my tmp/s.sh");
    const commands = communicator.commands.filter((command) => command.includes("/s.sh"));
    assert.equal(commands.length, 3);
    for (const command of commands) {
      assert.equal(command.replaceAll("/my\\ tmp/s.sh", "").includes("tmp"), false, command);
    }
    const own = await provision({ inline: ["x"], remote_path: "/my tmp/s.sh", execute_command: "sh '{{.Path}}'" });
    assert.ok(own.communicator.commands.includes("sh '/my tmp/s.sh'"));
  });

  test("inline lines become one script for sh that stops at the first error", async () => {
    assert.equal(await uploaded({ inline: ["echo one", "echo two"] }), "#!/bin/sh -e\necho one\necho two\n");
  });

  test("inline_shebang chooses another interpreter", async () => {
    assert.equal(await uploaded({ inline: ["echo"], inline_shebang: "/bin/bash -eux" }), "#!/bin/bash -eux\necho\n");
  });

  test("a first line that names its interpreter stays the first line unless inline_shebang is set", async () => {
    assert.equal(await uploaded({ inline: ["#!/usr/bin/python3", "print()"] }), "#!/usr/bin/python3\nprint()\n");
    assert.equal(
      await uploaded({ inline: ["#!/bin/bash", "x"], inline_shebang: "/bin/sh" }),
      "#!/bin/sh\n#!/bin/bash\nx\n",
    );
  });

  test("scripts are named in the log and run in the order given", async () => {
    await writeFile(join(folder(), "a.sh"), "a\n");
    await writeFile(join(folder(), "b.sh"), "b\n");
    const { lines, communicator } = await provision({
      scripts: ["b.sh", "a.sh"],
      execute_command: "run {{.Path}}",
      remote_file: "x.sh",
    });
    assert.deepEqual(lines, ["==> Provisioning with shell script: b.sh", "==> Provisioning with shell script: a.sh"]);
    assert.deepEqual(communicator.commands, [
      ...["chmod 0755 /tmp/x.sh", "run /tmp/x.sh", "rm -f /tmp/x.sh"],
      ...["chmod 0755 /tmp/x.sh", "run /tmp/x.sh", "rm -f /tmp/x.sh"],
      "rm -f ",
    ]);
  });

  test("Windows line ends become Unix ones, and the last line gets one too", async () => {
    await writeFile(join(folder(), "dos.sh"), "echo a\r\necho b\r");
    assert.equal(await uploaded({ script: "dos.sh" }), "echo a\necho b\n");
  });

  test("binary sends every byte as it is", async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x0d, 0x0a, 0x80]);
    await writeFile(join(folder(), "tool"), bytes);
    const { communicator } = await provision({ script: "tool", binary: true, remote_path: "/tmp/t", skip_clean: true });
    assert.deepEqual(communicator.files.get("/tmp/t")?.content, bytes);
  });

  test("bytes that are not UTF-8 survive the change of line ends", async () => {
    await writeFile(join(folder(), "latin.sh"), Buffer.from([0xe9, 0x0d, 0x0a]));
    const { communicator } = await provision({ script: "latin.sh", remote_path: "/tmp/l", skip_clean: true });
    assert.deepEqual(communicator.files.get("/tmp/l")?.content, Buffer.from([0xe9, 0x0a]));
  });

  test("environment variables stand in front of the command, sorted, with quotes made safe", async () => {
    const { communicator } = await provision({
      inline: ["x"],
      remote_path: "/s",
      environment_vars: ["Z=it's", "A=1=2", "B=old"],
      env: { B: "new" },
    });
    assert.equal(
      communicator.commands[1],
      `chmod +x /s; A='1=2' B='new' PACKER_BUILDER_TYPE='null' PACKER_BUILD_NAME='test' Z='it'"'"'s'  /s`,
    );
  });

  test("a builder's HTTP server is made known to scripts, one that is not there is not", async () => {
    const generated = { PackerHTTPAddr: "10.0.0.1:8080", PackerHTTPIP: "10.0.0.1" };
    const { communicator } = await provision({ inline: ["x"], execute_command: "{{.Vars}}" }, { generated });
    assert.match(communicator.commands[1] ?? "", /PACKER_HTTP_ADDR='10\.0\.0\.1:8080' PACKER_HTTP_IP='10\.0\.0\.1' $/);
  });

  test("env_var_format shapes the variables", async () => {
    const { communicator } = await provision({
      inline: ["x"],
      execute_command: "{{.Vars}}",
      env_var_format: "-e %s=%q %%",
      env: { A: "b c" },
    });
    assert.equal(communicator.commands[1], `-e A="b c" %-e PACKER_BUILDER_TYPE="null" %-e PACKER_BUILD_NAME="test" %`);
  });

  test("use_env_var_file writes the variables into a private file that is removed at the end", async () => {
    let content = "";
    let mode: number | undefined;
    const communicator = fakeCommunicator();
    communicator.on(/^chmod \+x/, () => {
      const name = [...communicator.files.keys()].find((path) => path.includes("varfile")) ?? "";
      content = communicator.text(name);
      mode = communicator.files.get(name)?.mode;
      return { end: "exited", code: 0 };
    });
    await provision({ inline: ["x"], use_env_var_file: true, remote_path: "/s", env: { A: "1 2" } }, { communicator });
    const file = /\. (\S+) /.exec(communicator.commands[2] ?? "")?.[1] ?? "";
    assert.match(file, /^\/tmp\/varfile_\d{1,4}\.sh$/);
    assert.equal(content, "export A='1 2'\nexport PACKER_BUILDER_TYPE='null'\nexport PACKER_BUILD_NAME='test'\n");
    assert.equal(mode, 0o600);
    assert.deepEqual(communicator.commands, [
      `chmod 0600 ${file}`,
      "chmod 0755 /s",
      `chmod +x /s; . ${file} && /s`,
      "rm -f /s",
      `rm -f ${file}`,
    ]);
    assert.equal(communicator.files.size, 0);
  });

  test("execute_command is rendered with the path, the variables and what the build has published", async () => {
    const { communicator } = await provision(
      {
        inline: ["x"],
        remote_folder: "/opt",
        remote_file: "f",
        execute_command: "sudo env {{.Vars}} {{.Path}} {{build `ID`}}",
      },
      { generated: { ID: "i-1" } },
    );
    assert.equal(communicator.commands[1], "sudo env PACKER_BUILDER_TYPE='null' PACKER_BUILD_NAME='test'  /opt/f i-1");
  });

  test("skip_clean leaves the script on the machine", async () => {
    const { communicator } = await provision({ inline: ["x"], remote_path: "/s", skip_clean: true });
    assert.equal(
      communicator.commands.some((command) => command.startsWith("rm ")),
      false,
    );
    assert.equal(communicator.files.get("/s")?.mode, 0o755);
  });

  test("what the script prints is shown, errors as errors", async () => {
    const communicator = fakeCommunicator().on(/^chmod \+x/, { stdout: "hello\n", stderr: "oh\n" });
    const { lines } = await provision({ inline: ["x"] }, { communicator });
    assert.deepEqual(lines, ["==> Provisioning with shell script: inline", "    hello", "!!! oh"]);
  });

  test("an exit status that is not allowed fails the build and names the allowed ones", async () => {
    const communicator = fakeCommunicator().on(/^chmod \+x/, 3);
    await rejectsWith(provision({ inline: ["x"], valid_exit_codes: [0, 2] }, { communicator }), {
      code: "provisioner/exit-status",
      message: "Script exited with non-zero exit status: 3. Allowed exit codes are: [0 2]",
    });
  });

  test("an exit status that is allowed passes", async () => {
    await provision(
      { inline: ["x"], valid_exit_codes: [0, 3] },
      { communicator: fakeCommunicator().on(/^chmod \+x/, 3) },
    );
  });

  test("a connection that goes away fails the build and says how to allow it", async () => {
    const communicator = fakeCommunicator().on(/^chmod \+x/, { disconnect: true });
    await rejectsWith(provision({ inline: ["reboot"] }, { communicator }), {
      code: "provisioner/disconnected",
      message: /"expect_disconnect": true/,
    });
  });

  for (const allowed of [{ expect_disconnect: true }, { valid_exit_codes: [0, 2300218] }]) {
    test(`a connection may go away with ${JSON.stringify(allowed)}, and the clean-up waits for the machine`, async () => {
      const communicator = fakeCommunicator()
        .on(/^chmod \+x/, { disconnect: true })
        .on("rm -f /s", { refuse: new Error("connection refused") }, 2)
        .on("rm -f /s", { disconnect: true }, 1);
      await provision({ inline: ["reboot"], remote_path: "/s", ...allowed }, { communicator });
      assert.equal(communicator.commands.filter((command) => command === "rm -f /s").length, 4);
    });
  }

  test("upload and start are tried again together while the machine is not reachable", async () => {
    const communicator = fakeCommunicator()
      .failTransfer("/s", new Error("no route"), 1)
      .on("run", { refuse: new Error("connection refused") }, 1);
    await provision({ inline: ["x"], remote_path: "/s", execute_command: "run" }, { communicator });
    assert.deepEqual(communicator.calls.slice(0, 6), [
      "upload /s",
      ...["upload /s", "exec chmod 0755 /s", "exec run"],
      ...["upload /s", "exec chmod 0755 /s"],
    ]);
  });

  test("after start_retry_timeout the last failure is the result", async () => {
    const communicator = fakeCommunicator().failTransfer("/s", new Error("no route"));
    await assert.rejects(
      provision({ inline: ["x"], remote_path: "/s", start_retry_timeout: "5s" }, { communicator }),
      /no route/,
    );
    assert.equal(communicator.calls.length, 3);
  });

  test("a script that fails is not tried again", async () => {
    const communicator = fakeCommunicator().on("run", 1);
    await assert.rejects(provision({ inline: ["x"], execute_command: "run" }, { communicator }));
    assert.equal(communicator.commands.filter((command) => command === "run").length, 1);
  });

  test("a script that cannot be removed fails the build", async () => {
    const communicator = fakeCommunicator().on("rm -f /s", 1);
    await rejectsWith(provision({ inline: ["x"], remote_path: "/s", start_retry_timeout: "1s" }, { communicator }), {
      code: "provisioner/not-cleaned-up",
      message: "Error removing temporary script at /s!",
    });
  });

  test("pause_after waits at the end", async () => {
    const { host, lines } = await provision({ inline: ["x"], pause_after: "90s" });
    assert.deepEqual(host.clock.sleeps, [90_000]);
    assert.equal(lines.at(-1), "==> Pausing 1m30s after this provisioner...");
  });

  test("a script that was removed since it was checked is missed by name", async () => {
    const script = join(folder(), "gone.sh");
    await writeFile(script, "");
    const config = await configOf(shell, { script });
    await rm(script);
    await rejectsWith(shell.provision(config, fakeProvisionRun()), {
      code: "provisioner/file-missing",
      message: /gone\.sh could not be read/,
    });
  });

  test("a cancelled run stops a script that hangs", async () => {
    const stop = new AbortController();
    const communicator = fakeCommunicator().on("hang", () => {
      stop.abort(cancelled());
      return new Promise(() => {});
    });
    await rejectsWith(provision({ inline: ["x"], execute_command: "hang" }, { communicator, signal: stop.signal }), {
      code: "host/cancelled",
    });
  });

  describe("options", () => {
    const cases: readonly [string, Readonly<Record<string, unknown>>, readonly string[]][] = [
      ["something to run is needed", {}, [": Either a script file or inline script must be specified."]],
      [
        "inline and script exclude each other",
        { inline: ["x"], script: "/" },
        ['option/conflict: Only one of "script" and "inline" can be set'],
      ],
      [
        "script and scripts exclude each other",
        { script: "/", scripts: ["/"] },
        ['option/conflict: Only one of "scripts" and "script" can be set'],
      ],
      ["an empty script counts as not set", { inline: ["x"], script: "" }, []],
      [
        "a missing script is reported",
        { script: "no/such" },
        ["script: Bad script 'no/such': stat no/such: no such file or directory"],
      ],
      [
        "a missing one of several is reported",
        { scripts: ["/", "nope"] },
        ["scripts: Bad script 'nope': stat nope: no such file or directory"],
      ],
      [
        "variables without a name or value are reported, all of them",
        { inline: ["x"], environment_vars: ["A", "=b", "C="] },
        ["A", "=b"].map((entry) => `environment_vars: Environment variable not in format 'key=value': ${entry}`),
      ],
    ];
    for (const [name, given, problems] of cases) {
      test(name, async () => assert.deepEqual((await prepareOptions(shell, given)).problems, problems));
    }
  });
});
