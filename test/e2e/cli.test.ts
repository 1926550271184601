// The command line as a user and a script meet it: help, versions, mistakes, environment, closed pipes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { cliPath, folderWith, packerTs } from "../packer-ts.ts";

const template = (...inline: readonly string[]): string =>
  JSON.stringify({
    builders: [{ type: "null", communicator: "none" }],
    provisioners: [{ type: "shell-local", inline }],
  });

describe("e2e/command line", { concurrency: 2 }, () => {
  it("lists its commands and exits with 127 when there is none, or one nobody knows", async () => {
    for (const args of [[], ["nope"], ["--help"], ["-h"]]) {
      const { code, stdout, stderr } = await packerTs(args);
      assert.match(
        stdout,
        /^Usage: packer-ts \[--version\] \[--help\] <command> \[<args>\]\n\nAvailable commands are:\n/,
      );
      for (const command of ["build", "inspect", "validate", "version"]) {
        assert.match(stdout, new RegExp(`^ {4}${command} +\\S`, "m"));
      }
      assert.equal(stderr, "");
      assert.equal(code, 127);
    }
    assert.match((await packerTs(["biuld"])).stdout, /There is no command "biuld"; did you mean "build"\?/);
  });

  it("tells its version in every form", async () => {
    const { version } = JSON.parse(readFileSync(join(cliPath, "../../package.json"), "utf8")) as { version: string };
    const [plain, ...others] = await Promise.all(["--version", "-version", "-v"].map((flag) => packerTs([flag])));
    assert.match(plain?.stdout ?? "", /^\d+\.\d+\.\d+\n$/);
    for (const other of others) {
      assert.equal(other.stdout, plain?.stdout);
    }
    const { code, stdout } = await packerTs(["version"]);
    assert.equal(stdout, `Packer v${plain?.stdout.trim()} (packer-ts v${version})\n`);
    assert.equal(code, 0);
    const machine = await packerTs(["-machine-readable", "version"]);
    assert.match(machine.stdout, /^\d+,,version,\d+\.\d+\.\d+\n\d+,,version-prelease,\n\d+,,version-commit,\n/);
  });

  it("explains every command with all of its flags", async () => {
    const flags: Readonly<Record<string, readonly string[]>> = {
      build: "color debug except force machine-readable on-error only parallel-builds timestamp-ui var var-file".split(
        " ",
      ),
      validate: "syntax-only except only var var-file machine-readable".split(" "),
      inspect: "machine-readable var var-file".split(" "),
      version: ["machine-readable"],
    };
    for (const [command, names] of Object.entries(flags)) {
      const [short, long] = await Promise.all([packerTs([command, "-h"]), packerTs([command, "--help"])]);
      assert.equal(short.stdout, long.stdout);
      assert.match(short.stdout, new RegExp(`^Usage: packer-ts ${command} `));
      for (const name of names) {
        assert.match(short.stdout, new RegExp(`^ {2}-${name}\\b`, "m"), `${command} -${name}`);
      }
      assert.ok(short.stdout.split("\n").every((line) => line.length <= 80));
      assert.equal(short.code, 0);
    }
  });

  it("names a flag that does not exist, and the nearest", async () => {
    const { code, stdout } = await packerTs(["build", "-ony=x", "t.json"]);
    assert.match(stdout, /flag provided but not defined: -ony \(did you mean -only\?\)\n$/);
    assert.equal(code, 1);
    const late = await packerTs(["build", "t.json", "-force"]);
    assert.match(late.stdout, /Flags stand before the template: -force came after it\./);
  });

  it("says why a command line is refused, also one of Packer's that has no place here", async () => {
    const last = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stdout } = await packerTs(args);
      return [code, stdout.trimEnd().split("\n").at(-1) ?? ""];
    };
    for (const [args, code, said] of [
      [["push", "x.json"], 127, /^There is no command "push"; Packer has none any more/],
      [["buid", "x.json"], 127, /did you mean "build"\?$/],
      [["frobnicate"], 127, /^There is no command "frobnicate"\.$/],
      [["build"], 1, /^A template is missing/],
      [["build", "var-file=x", "t.json"], 1, /^A flag begins with a dash: write -var-file=x\.$/],
      [
        ["validate", "a.json", "b.json"],
        1,
        /^There are 2 arguments where one template is expected: a\.json b\.json\.$/,
      ],
    ] as const) {
      const [ended, line] = await last(...args);
      assert.equal(ended, code, line);
      assert.match(line, said);
    }
  });

  it("ends quietly when nobody reads its output any more", async (t) => {
    const cwd = folderWith(t, {
      "t.json": template("i=0; while [ $i -lt 3000 ]; do echo line $i of many; i=$((i+1)); done"),
    });
    const ran = spawnSync(
      "bash",
      [
        "-c",
        `set -o pipefail; "$0" "$1" build -color=false t.json | head -1; echo "\${PIPESTATUS[0]}"`,
        process.execPath,
        cliPath,
      ],
      {
        cwd,
        encoding: "utf8",
      },
    );
    assert.match(ran.stdout, /^==> null: Running local shell script: .*\n0\n$/);
    assert.equal(ran.stderr, "");
  });

  it("writes a log to standard error when asked, and none otherwise", async (t) => {
    const cwd = folderWith(t, { "t.json": template("echo hello") });
    for (const value of ["", "0"]) {
      assert.equal((await packerTs(["build", "t.json"], { cwd, env: { PACKER_LOG: value } })).stderr, "");
    }
    const { stdout, stderr, code } = await packerTs(["build", "t.json"], { cwd, env: { PACKER_LOG: "1" } });
    assert.match(stderr, /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d .*"build-started"/m);
    assert.match(stderr, /\/bin\/sh/);
    assert.match(stdout, /^ {4}null: hello$/m);
    assert.doesNotMatch(stdout, /build-started/);
    assert.equal(code, 0);
  });

  it("writes the log to a file, from its beginning each time", async (t) => {
    const cwd = folderWith(t, { "t.json": template("echo hello"), "log.txt": "old\n" });
    const { stderr } = await packerTs(["build", "t.json"], {
      cwd,
      env: { PACKER_LOG: "1", PACKER_LOG_PATH: "log.txt" },
    });
    assert.equal(stderr, "");
    assert.match(readFileSync(join(cwd, "log.txt"), "utf8"), /^\d{4}\/[\s\S]*run-ended/);
  });

  it("takes the cache folder from PACKER_CACHE_DIR, else from the user's cache, and says it in the log", async (t) => {
    const cwd = folderWith(t, { "t.json": template("true") });
    const said = async (env: Record<string, string>): Promise<string | undefined> => {
      const { stderr } = await packerTs(["build", "t.json"], { cwd, env: { PACKER_LOG: "1", ...env } });
      return /Setting cache directory: (.*)$/m.exec(stderr)?.[1];
    };
    assert.equal(await said({ PACKER_CACHE_DIR: "kept" }), join(realpathSync(cwd), "kept"));
    assert.equal(await said({ PACKER_CACHE_DIR: "", XDG_CACHE_HOME: "/caches" }), "/caches/packer");
  });

  it("keeps sensitive values out of the log as well", async (t) => {
    const text = JSON.stringify({
      variables: { secret: "hunter2-hunter2" },
      "sensitive-variables": ["secret"],
      builders: [{ type: "null", communicator: "none" }],
      provisioners: [
        { type: "shell-local", inline: ["echo {{user `secret`}}"], environment_vars: ["S={{user `secret`}}"] },
      ],
    });
    const { stdout, stderr } = await packerTs(["build", "t.json"], {
      cwd: folderWith(t, { "t.json": text }),
      env: { PACKER_LOG: "1" },
    });
    assert.match(stdout, /null: <sensitive>/);
    assert.doesNotMatch(stdout + stderr, /hunter2/);
    assert.match(stderr, /S='<sensitive>'/);
  });

  it("says in words that a log file cannot be written", async (t) => {
    const cwd = folderWith(t, { "t.json": template("echo hello") });
    const { code, stdout, stderr } = await packerTs(["build", "t.json"], {
      cwd,
      env: { PACKER_LOG_PATH: "no/such/folder/log" },
    });
    assert.match(stdout, /^Error: The log file no\/such\/folder\/log cannot be written/);
    assert.equal(stderr, "");
    assert.equal(code, 1);
  });

  it("puts temporary files where PACKER_TMP_DIR says, else where TMPDIR says, and leaves none", async (t) => {
    const cwd = folderWith(t, { "t.json": template("echo in $(dirname $0)") });
    for (const name of ["first", "second"]) {
      mkdirSync(join(cwd, name));
    }
    const env = { PACKER_TMP_DIR: join(cwd, "first"), TMPDIR: join(cwd, "second") };
    assert.match(
      (await packerTs(["build", "t.json"], { cwd, env })).stdout,
      new RegExp(`null: in ${env.PACKER_TMP_DIR}/`),
    );
    const { stdout } = await packerTs(["build", "t.json"], { cwd, env: { ...env, PACKER_TMP_DIR: undefined } });
    assert.match(stdout, new RegExp(`null: in ${env.TMPDIR}/`));
    for (const folder of Object.values(env)) {
      for (const name of readdirSync(folder)) {
        assert.deepEqual(readdirSync(join(folder, name)), [], `${folder}/${name}`);
      }
    }
  });

  it("says in words that there is no room for temporary files", async (t) => {
    const cwd = folderWith(t, { "t.json": template("echo hello"), tmp: "a file" });
    const { code, stdout, stderr } = await packerTs(["build", "t.json"], {
      cwd,
      env: { PACKER_TMP_DIR: join(cwd, "tmp") },
    });
    assert.equal(code, 1);
    assert.match(stdout, /The record of created resources could not be written/);
    assert.doesNotMatch(stdout + stderr, /\n\s+at |bug/);
  });

  it("uses no colour with -color=false, NO_COLOR or PACKER_NO_COLOR", async (t) => {
    const cwd = folderWith(t, { "t.json": template("exit 1") });
    const plain = { NO_COLOR: undefined, PACKER_NO_COLOR: undefined };
    const colourCode = "\u001b";
    assert.ok((await packerTs(["build", "t.json"], { cwd, env: plain })).stdout.includes(colourCode));
    for (const env of [
      { ...plain, NO_COLOR: "1" },
      { ...plain, PACKER_NO_COLOR: "1" },
    ]) {
      assert.ok(!(await packerTs(["build", "t.json"], { cwd, env })).stdout.includes(colourCode));
    }
    assert.ok(!(await packerTs(["build", "-color=false", "t.json"], { cwd, env: plain })).stdout.includes(colourCode));
    assert.ok(
      !(await packerTs(["build", "-machine-readable", "t.json"], { cwd, env: plain })).stdout.includes(colourCode),
    );
  });

  it("lets what a script, a name or a template says colour the terminal, and do nothing else to it", async (t) => {
    const orders = "\\033]52;c;cm0gLXJmIC8K\\007\\033[2J\\033[1A\\033]0;title\\033\\\\";
    const script = `printf 'be${orders}fore\\033[31mred\\033[0m hun\\033[Kter2-secret\\n'`;
    const hostile = {
      variables: { word: "hunter2-secret" },
      "sensitive-variables": ["word"],
      builders: [{ type: "null", communicator: "none", name: "a\u001b[2Jb" }],
      provisioners: [{ type: "shell-local", inline: [script] }],
    };
    const cwd = folderWith(t, {
      "t.json": JSON.stringify(hostile),
      "bad.pkr.hcl": 'source "null" "x" {\n  unknown = "\u001b]0;title\u0007" # \u001b[2J\n}\n',
    });
    const { code, stdout } = await packerTs(["build", "t.json"], { cwd });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /ab: before\u001b\[31mred\u001b\[0m <sensitive>\n/);
    const bad = await packerTs(["validate", "bad.pkr.hcl"], { cwd });
    assert.equal(bad.code, 1);
    for (const said of [stdout, bad.stdout]) {
      assert.doesNotMatch(said.replace(/\u001b\[[\d;]*m/g, ""), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }
  });

  it("takes -machine-readable anywhere, and tells everything in records", async (t) => {
    const cwd = folderWith(t, { "t.json": template("echo a, b") });
    for (const args of [
      ["-machine-readable", "build", "t.json"],
      ["build", "t.json", "-machine-readable"],
    ]) {
      const { stdout, code } = await packerTs(args, { cwd });
      for (const line of stdout.trimEnd().split("\n")) {
        assert.match(line, /^\d{10},[^,]*,[a-z-]+,/);
      }
      assert.match(stdout, /,ui,message, {4}null: a%!\(PACKER_COMMA\) b\n/);
      assert.equal(code, 0);
    }
  });

  it("names the missing builder of a template that it can read", async (t) => {
    const cwd = folderWith(t, {
      "t.json": '{"builders":[{"type":"amazon-ebs","region":"x"},{"type":"null","communicator":"none"}]}',
    });
    assert.match((await packerTs(["inspect", "t.json"], { cwd })).stdout, /amazon-ebs/);
    assert.equal((await packerTs(["validate", "-syntax-only", "t.json"], { cwd })).code, 0);
    const { code, stdout } = await packerTs(["build", "t.json"], { cwd });
    assert.equal(code, 1);
    assert.match(stdout, /amazon-ebs/);
    assert.match(stdout, /Build 'null' finished/);
    assert.ok(!existsSync(join(cwd, "crash.log")));
  });
});
