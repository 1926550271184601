import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type FakeHostOptions, fakeHost } from "../../test/fakes/host.ts";
import { type FakeRun, type FakeRunOptions, fakeRun } from "../../test/fakes/run.ts";
import { needs } from "../../test/needs.ts";
import { cancelled, rejectsWith } from "../../test/rejects.ts";
import { runLocalScripts } from "./local-script.ts";

type Config = Parameters<typeof runLocalScripts>[0];

const plain: Config = {
  command: undefined,
  inline: [],
  script: undefined,
  scripts: [],
  environment_vars: [],
  env: {},
  env_var_format: undefined,
  execute_command: [],
  inline_shebang: undefined,
  only_on: [],
  tempfile_extension: undefined,
  use_linux_pathing: false,
  valid_exit_codes: [0],
};

describe("step/local-script", () => {
  let folder = "";
  let temporary = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "local-script-"));
    temporary = join(folder, "tmp");
    await mkdir(temporary);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function run(
    config: Partial<Config>,
    options: FakeRunOptions = {},
    host: FakeHostOptions = {},
  ): Promise<FakeRun> {
    const own = fakeRun({ host: fakeHost({ programs: "real", cwd: folder, tempDir: temporary, ...host }), ...options });
    try {
      await runLocalScripts({ ...plain, ...config }, own);
    } finally {
      await own.finish();
      assert.deepEqual(await readdir(temporary), [], "nothing is left in the folder for temporary files");
    }
    return own;
  }

  /** What the scripts printed, without the heading. */
  async function output(config: Partial<Config>, options: FakeRunOptions = {}): Promise<readonly string[]> {
    return (await run(config, options)).lines.slice(1);
  }

  test("an inline script runs here, its output as messages and its errors as errors", async () => {
    const { lines } = await run({ inline: ["echo out", "sleep 0.1", "echo err >&2"] });
    assert.match(lines[0] ?? "", /^==> Running local shell script: .*packer-shell\w+.inline$/);
    assert.deepEqual(lines.slice(1), ["    out", "!!! err"]);
  });

  test("scripts run in folders and under names that a shell would take for several words", async () => {
    const odd = join(folder, "it's a $HOME & more");
    await mkdir(odd);
    await writeFile(join(odd, "my script.sh"), "#!/bin/sh\necho ran\n");
    await chmod(join(odd, "my script.sh"), 0o755);
    assert.deepEqual(await output({ script: join(odd, "my script.sh") }), ["    ran"]);
    const { lines } = await run({ inline: ["echo inline"] }, {}, { tempDir: odd });
    assert.deepEqual(lines.slice(1), ["    inline"]);
  });

  test("an inline script stops at the first command that fails", async () => {
    await rejectsWith(run({ inline: ["false", "echo not reached"] }), { code: "provisioner/exit-status" });
  });

  test("command is the same as one inline line", async () => {
    assert.deepEqual(await output({ command: "echo hi" }), ["    hi"]);
  });

  test("the file of an inline script can only be used by its owner, and its name can be given an end", async () => {
    assert.deepEqual(await output({ inline: ['stat -c %a "$0"', 'basename "$0"'], tempfile_extension: ".foo" }), [
      "    700",
      "    inline.foo",
    ]);
  });

  test("inline_shebang chooses the interpreter, and so does the first line", async () => {
    assert.deepEqual(await output({ inline: ["head -1 $0"], inline_shebang: "/bin/sh -u" }), ["    #!/bin/sh -u"]);
    assert.deepEqual(await output({ inline: ["#!/bin/cat", "hello"] }), ["    #!/bin/cat", "    hello"]);
  });

  test("a script is found from the current folder and runs in it", async () => {
    await writeFile(join(folder, "where.sh"), 'pwd; echo "$0"\n');
    await chmod(join(folder, "where.sh"), 0o755);
    const { lines } = await run({ script: "where.sh" });
    assert.deepEqual(lines, [
      "==> Running local shell script: where.sh",
      `    ${folder}`,
      `    ${join(folder, "where.sh")}`,
    ]);
  });

  test("several scripts run in the order given and the rest is left out after a failure", async () => {
    for (const [name, text] of Object.entries({ "1.sh": "echo one", "2.sh": "exit 5", "3.sh": "echo three" })) {
      await writeFile(join(folder, name), text, { mode: 0o755 });
    }
    const own = fakeRun({ host: fakeHost({ programs: "real", cwd: folder }) });
    await rejectsWith(runLocalScripts({ ...plain, scripts: ["1.sh", "2.sh", "3.sh"] }, own), {
      code: "provisioner/exit-status",
      message: "Script exited with non-zero exit status: 5. Allowed exit codes are: [0]",
    });
    assert.deepEqual(own.lines, [
      "==> Running local shell script: 1.sh",
      "    one",
      "==> Running local shell script: 2.sh",
    ]);
  });

  test("valid_exit_codes lets a status pass", async () => {
    await run({ inline: ["exit 5"], valid_exit_codes: [0, 5] });
  });

  test("a script killed by a signal ends with the status that a shell would give", async () => {
    await rejectsWith(run({ inline: ["kill -9 $$"], execute_command: ["{{.Script}}"] }), {
      code: "provisioner/exit-status",
      message: /status: 137\./,
    });
  });

  test("scripts get the variables of the template, of the build and of this process", async () => {
    const config = { inline: ['echo "$A|$B|$C|$PACKER_BUILD_NAME|$PACKER_BUILDER_TYPE|$PACKER_RUN_UUID|$OURS"'] };
    const options = {
      generated: { ID: "i-1" },
      host: fakeHost({ programs: "real", cwd: folder, env: { OURS: "1" }, tempDir: temporary }),
    };
    const lines = await output(
      { ...config, environment_vars: ["A=it's $HOME", "B={{build `ID`}}"], env: { C: "two words" } },
      options,
    );
    assert.deepEqual(lines, ["    it's $HOME|i-1|two words|test|null|11111111-2222-4333-8444-555555555555|1"]);
  });

  test("execute_command chooses the program; Command is the script too", async () => {
    assert.deepEqual(
      await output({
        inline: ["never run"],
        execute_command: ["/bin/sh", "-c", "head -1 {{.Script}}; test {{.Script}} = {{.Command}}"],
      }),
      ["    #!/bin/sh -e"],
    );
  });

  test("a program that is not there is named", async () => {
    await rejectsWith(run({ inline: ["x"], execute_command: ["/no/such/program", "{{.Script}}"] }), {
      code: "provisioner/script-not-started",
      message: /^Error executing script: .*\n.*"\/no\/such\/program" was not found/,
    });
  });

  test("of a line that is redrawn only its last state is shown, and blank lines are kept", async () => {
    assert.deepEqual(await output({ inline: ["printf '10%%\\r20%%\\rdone  \\n\\n\\nend'"] }), [
      "    done",
      "    ",
      "    ",
      "    end",
    ]);
  });

  test("a script has no input to wait for", async () => {
    assert.deepEqual(await output({ inline: ["cat", "echo went on"] }), ["    went on"]);
  });

  test("only_on skips the scripts on other systems", async () => {
    assert.deepEqual((await run({ inline: ["echo no"], only_on: ["windows"] })).lines, [
      "==> Skipping shell-local due to runtime OS",
    ]);
    assert.deepEqual((await run({ inline: ["echo yes"], only_on: ["linux"] })).lines.slice(1), ["    yes"]);
    assert.match(
      (await run({ inline: ["x"], only_on: ["linux"] }, {}, { platform: "sunos" })).lines[0] ?? "",
      /Skipping/,
    );
  });

  test("a cancelled run ends the script and everything it started", async (t) => {
    if (!needs(t, "ps")) {
      return;
    }
    const stop = new AbortController();
    const mark = join(folder, "children");
    const running = run(
      { inline: [`(sleep 61 & echo $! >>${mark}; sleep 62 & echo $! >>${mark}; wait)`] },
      { signal: stop.signal },
    );
    let pids: string[] = [];
    while (pids.length < 2) {
      await wait(10);
      pids = await readFile(mark, "utf8").then(
        (text) => text.trim().split("\n"),
        () => [],
      );
    }
    stop.abort(cancelled());
    await rejectsWith(running, { code: "host/cancelled" });
    for (const pid of pids) {
      assert.match(stateOf(pid), /^Z?$/, `process ${pid} has ended`);
    }
  });

  describe("on Windows", () => {
    const windows = (seen: string[][]): FakeHostOptions => ({
      platform: "win32",
      programs: {
        cmd: (command) => ({ stdout: String(seen.push([...command])) }),
        bash: (command) => ({ stdout: String(seen.push([...command])) }),
      },
    });

    test("scripts run through cmd, and inline ones are .cmd files without a first line of ours", async () => {
      const seen: string[][] = [];
      await run({ inline: ["echo hi"], env: { A: "it's" } }, {}, windows(seen));
      const [command = []] = seen;
      assert.deepEqual(command.slice(0, 3), ["cmd", "/V", "/C"]);
      assert.equal(command[3], "set A=it's && set PACKER_BUILDER_TYPE=null && set PACKER_BUILD_NAME=test && ");
      assert.match(command[5] ?? "", /inline\.cmd$/);
    });

    test("use_linux_pathing writes the path as Linux on Windows sees it", async () => {
      const seen: string[][] = [];
      const config = { script: "scripts\\b.sh", use_linux_pathing: true, execute_command: ["bash", "{{.Script}}"] };
      await run(config, {}, { ...windows(seen), cwd: "C:\\work" });
      assert.deepEqual(seen, [["bash", "/mnt/c/work/scripts/b.sh"]]);
    });
  });
});

/** The state of a process: nothing when it is gone, `Z` when it has ended but nobody asked for its status yet. */
function stateOf(pid: string): string {
  return spawnSync("ps", ["-o", "stat=", "-p", pid]).stdout.toString().trim().slice(0, 1);
}
