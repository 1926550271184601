// Ends that nobody planned: a closed terminal, a full disk under the log, programs and pipes that hold on. Nothing stays behind.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { cliPath, folderWith } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage } from "../servers/docker-fixture.ts";

const SLOW = { type: "shell-local", inline: ["echo begun", "sleep 300"] };

interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

function placeFor(t: TestContext, template: object, files: Readonly<Record<string, string>> = {}): Place {
  const cwd = folderWith(t, { "t.json": JSON.stringify(template), ...files });
  for (const name of ["tmp", "home"]) {
    mkdirSync(join(cwd, name));
  }
  const env = { PATH: process.env["PATH"], HOME: join(cwd, "home"), TMPDIR: join(cwd, "tmp"), NO_COLOR: "1" };
  return { cwd, env };
}

/** What a build left: temporary files, journals, shared folders and containers. */
function leftIn({ cwd }: Place): readonly string[] {
  const files = ["tmp", "home"].flatMap((name) =>
    readdirSync(join(cwd, name), { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() || /^tmp\d/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes("/.cache/")),
  );
  const ids =
    spawnSync("docker", ["ps", "-aq", "--no-trunc"], { encoding: "utf8" }).stdout?.split("\n").filter(Boolean) ?? [];
  const containers = ids.filter((id) =>
    spawnSync("docker", ["inspect", id], { encoding: "utf8" }).stdout.includes(cwd),
  );
  return [...files, ...containers];
}

interface Gone {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly milliseconds: number;
}

function gone(child: ChildProcess): Promise<Gone> {
  const began = performance.now();
  return new Promise((resolve) => {
    // The end of the process counts: its output may be held by others.
    child.once("exit", (code, signal) => resolve({ code, signal, milliseconds: performance.now() - began }));
  });
}

interface Started {
  readonly child: ChildProcess;
  said(): string;
  says(text: string): Promise<void>;
}

function start(
  place: Place,
  args: readonly string[],
  command: readonly string[] = [process.execPath, cliPath],
): Started {
  const [file = "", ...first] = command;
  const child = spawn(file, [...first, ...args], { ...place, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => (text += String(chunk)));
  }
  const says = async (wanted: string): Promise<void> => {
    for (let tries = 0; tries < 600 && !text.includes(wanted); tries++) {
      await wait(50);
    }
    assert.ok(text.includes(wanted), text);
  };
  return { child, said: () => text, says };
}

const docker = { builders: [{ type: "docker", image: BASE_IMAGE, pull: false, export_path: "image.tar" }] };
const inContainer = { ...docker, provisioners: [{ type: "shell", inline: ["echo begun", "sleep 300"] }] };
const talking = {
  type: "shell-local",
  inline: ["i=0; while [ $i -lt 20000 ]; do echo line number $i of many; i=$((i+1)); done", "sleep 5"],
};

describe("e2e/ends: signals", () => {
  for (const [signal, word] of [
    ["SIGHUP", "hangup"],
    ["SIGQUIT", "quit"],
  ] as const) {
    it(`${signal} cleans up as an interrupt does`, async (t) => {
      if (baseImage(t) === undefined) {
        return;
      }
      const place = placeFor(t, inContainer);
      const { child, said, says } = start(place, ["build", "-detailed-exitcode", "t.json"]);
      await says("begun");
      child.kill(signal);
      assert.equal((await gone(child)).code, 130, said());
      assert.match(said(), new RegExp(`Cancelling build after receiving ${word}\n[\\s\\S]*Cleanly cancelled`));
      assert.deepEqual(leftIn(place), []);
    });
  }

  it("a hang-up at any moment leaves nothing, also when it comes several times", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    for (let round = 0; round < 8; round++) {
      const place = placeFor(t, inContainer);
      const { child, said } = start(place, ["build", "t.json"]);
      await wait(150 + round * 130);
      for (let times = 0; times < 3; times++) {
        child.kill("SIGHUP");
        await wait(5);
      }
      const { code, signal } = await gone(child);
      if (signal !== "SIGHUP" || said() !== "") {
        assert.equal(code, 1, said());
      }
      assert.deepEqual(leftIn(place), [], said());
    }
  });

  it("a terminal that is closed ends the build and leaves nothing", async (t) => {
    if (!needs(t, "script") || baseImage(t) === undefined) {
      return;
    }
    const place = placeFor(t, inContainer);
    const line = `exec ${process.execPath} ${cliPath} build t.json`;
    const terminal = start(place, ["-qfc", line, "/dev/null"], ["script"]);
    await terminal.says("begun");
    terminal.child.kill("SIGKILL");
    for (let tries = 0; tries < 200 && leftIn(place).length > 0; tries++) {
      await wait(50);
    }
    assert.deepEqual(leftIn(place), []);
  });

  it("under nohup a hang-up is heard by nobody", async (t) => {
    if (!needs(t, "nohup", "bash")) {
      return;
    }
    const place = placeFor(t, {
      builders: [{ type: "file", target: "a", content: "a" }],
      provisioners: [{ ...SLOW, inline: ["echo begun", "sleep 2"] }],
    });
    for (const line of [
      "nohup $0 $1 build t.json & echo $! > pid; wait $!",
      "trap '' HUP; $0 $1 build t.json & echo $! > pid; wait $!",
    ]) {
      const { child, said, says } = start(place, ["-c", line, process.execPath, cliPath], ["bash"]);
      await says("begun");
      process.kill(Number(readFileSync(join(place.cwd, "pid"), "utf8")), "SIGHUP");
      assert.equal((await gone(child)).code, 0, said());
    }
  });

  it("a template or a file of variables that is a pipe is refused at once", async (t) => {
    const place = placeFor(t, { builders: [{ type: "file", target: "a", content: "a" }] });
    spawnSync("mkfifo", [join(place.cwd, "pipe")]);
    for (const args of [
      ["build", "pipe"],
      ["build", "-var-file=pipe", "t.json"],
      ["validate", "pipe"],
    ]) {
      const { child, said } = start(place, args);
      const { code, milliseconds } = await gone(child);
      assert.ok(milliseconds < 4000, `${args}: ${milliseconds} ms`);
      assert.equal(code, 1);
      assert.match(said(), /pipe may not be read[\s\S]*Only regular files are read/);
    }
  });
});

describe("e2e/ends: what holds on", () => {
  it("a program that a script left behind does not hold a cancelled run", async (t) => {
    const place = placeFor(t, {
      builders: [{ type: "file", target: "a", content: "a" }],
      provisioners: [{ type: "shell-local", inline: ["setsid sleep 20 & echo begun"] }],
    });
    const { child, said, says } = start(place, ["build", "t.json"]);
    await says("begun");
    await wait(300);
    child.kill("SIGINT");
    const { code, milliseconds } = await gone(child);
    assert.equal(code, 1);
    assert.ok(milliseconds < 3000, `${milliseconds} ms`);
    assert.match(said(), /Cleanly cancelled/);
    assert.deepEqual(leftIn(place), []);
  });

  it("a pipe that nobody writes to does not hold a cancelled run, as a file to upload or a script", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    for (const provisioner of [
      { type: "file", source: "pipe", destination: "/tmp/x" },
      { type: "shell", script: "pipe" },
    ]) {
      const place = placeFor(t, {
        ...docker,
        provisioners: [{ type: "shell-local", inline: ["echo begun"] }, provisioner],
      });
      spawnSync("mkfifo", [join(place.cwd, "pipe")]);
      const { child, said, says } = start(place, ["build", "t.json"]);
      await says("begun");
      await wait(800);
      child.kill("SIGTERM");
      const { code, milliseconds } = await gone(child);
      assert.equal(code, 1, said());
      assert.ok(milliseconds < 6000, `${milliseconds} ms`);
      assert.deepEqual(leftIn(place), []);
    }
  });

  it("what somebody writes into a pipe is uploaded", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const place = placeFor(t, {
      ...docker,
      provisioners: [
        { type: "file", source: "pipe", destination: "/tmp/x" },
        { type: "shell", inline: ["cat /tmp/x"] },
      ],
    });
    spawnSync("mkfifo", [join(place.cwd, "pipe")]);
    const { child, said, says } = start(place, ["build", "t.json"]);
    await says("Uploading");
    const writer = spawn("sh", ["-c", "echo first > pipe.tmp; { echo one; sleep 0.3; echo two; } > pipe"], {
      cwd: place.cwd,
    });
    await gone(writer);
    assert.equal((await gone(child)).code, 0, said());
    assert.match(said(), /docker: one\n.*docker: two\n/);
  });
});

describe("e2e/ends: output that cannot be written", () => {
  /** A disk of 32 KiB. */
  function smallDisk(t: TestContext): string | undefined {
    const disk = folderWith(t, {});
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=32k", "tmpfs", disk]).status !== 0) {
      return undefined;
    }
    return disk;
  }

  function run(
    place: Place,
    args: readonly string[],
    { out, err }: { readonly out: string; readonly err: string },
    env: NodeJS.ProcessEnv = {},
  ): Promise<Gone> {
    const files = [openSync(out, "a"), openSync(err, "a")];
    const child = spawn(process.execPath, [cliPath, ...args], {
      cwd: place.cwd,
      env: { ...place.env, ...env },
      stdio: ["ignore", ...files],
    });
    for (const file of files) {
      closeSync(file);
    }
    return gone(child);
  }

  for (const [name, args, isOut, env] of [
    ["the log", [], true, {}],
    ["the log for machines", ["-machine-readable"], true, {}],
    ["the debug log", [], false, { PACKER_LOG: "1" }],
  ] as const) {
    it(`a full disk under ${name} ends in one message, with the machine removed`, async (t) => {
      if (baseImage(t) === undefined) {
        return;
      }
      const disk = smallDisk(t);
      if (disk === undefined) {
        return t.skip("cannot mount a small disk");
      }
      try {
        const place = placeFor(t, { ...docker, provisioners: [talking, { type: "shell", inline: ["sleep 300"] }] });
        const [full, other] = [join(disk, "full"), join(place.cwd, "other")];
        const filler = isOut ? {} : { PACKER_LOG: "1" };
        if (!isOut) {
          spawnSync("dd", ["if=/dev/zero", `of=${disk}/filler`, "bs=1k", "count=64"]);
        }
        const { code, milliseconds } = await run(
          place,
          ["build", ...args, "-detailed-exitcode", "t.json"],
          isOut ? { out: full, err: other } : { out: other, err: full },
          { ...env, ...filler },
        );
        const said = readFileSync(other, "utf8");
        assert.equal(code, 16, said);
        assert.ok(milliseconds < 60_000);
        assert.equal(said.match(/cannot be written any more: .*ENOSPC/g)?.length, 1, said);
        assert.doesNotMatch(said + readFileSync(full, "utf8"), /node:internal|This is a bug|\bat .*:\d+:\d+/);
        assert.deepEqual(leftIn(place), []);
      } finally {
        spawnSync("umount", ["-l", disk]);
      }
    });
  }

  it("a full disk under PACKER_LOG_PATH ends in one message", async (t) => {
    const place = placeFor(t, { builders: [{ type: "file", target: "a", content: "a" }], provisioners: [SLOW] });
    const [out, err] = [join(place.cwd, "out"), join(place.cwd, "err")];
    const { code } = await run(place, ["build", "t.json"], { out, err }, { PACKER_LOG_PATH: "/dev/full" });
    assert.equal(code, 1);
    assert.match(readFileSync(err, "utf8"), /^The log file \/dev\/full cannot be written any more: .*ENOSPC.*\n.*\n$/);
    assert.deepEqual(leftIn(place), []);
  });

  it("a build that nobody can follow any more ends, and says for what", async (t) => {
    const place = placeFor(t, { builders: [{ type: "file", target: "a", content: "a" }], provisioners: [SLOW] });
    const out = join(place.cwd, "out");
    const { code } = await run(place, ["build", "t.json"], { out, err: "/dev/full" }, { PACKER_LOG: "1" });
    assert.equal(code, 1);
    assert.match(
      readFileSync(out, "utf8"),
      /^Build 'file' errored after .*: What the run says cannot be written any more/m,
    );
    assert.deepEqual(leftIn(place), []);
  });

  it("no command succeeds whose words are lost, and with nowhere left to speak it still ends", async (t) => {
    const place = placeFor(t, { builders: [{ type: "file", target: "a", content: "a" }], provisioners: [SLOW] });
    const err = join(place.cwd, "err");
    for (const args of [
      ["version"],
      ["-v"],
      ["validate", "t.json"],
      ["inspect", "t.json"],
      ["build", "t.json"],
      ["-machine-readable", "version"],
    ]) {
      const { code } = await run(place, args, { out: "/dev/full", err });
      assert.equal(code, 1, args.join(" "));
    }
    assert.equal(readFileSync(err, "utf8").match(/^Standard output cannot be written any more: .*ENOSPC/gm)?.length, 6);
    assert.equal((await run(place, ["build", "t.json"], { out: "/dev/full", err: "/dev/full" })).code, 1);
    assert.deepEqual(leftIn(place), []);
  });

  it("a line of hundreds of megabytes comes in pieces and takes no more memory", async (t) => {
    const endless = "head -c 300000000 /dev/zero | tr '\\0' x; echo; echo the end";
    const place = placeFor(t, {
      builders: [{ type: "file", target: "a", content: "a" }],
      provisioners: [{ type: "shell-local", inline: [endless] }],
    });
    const out = join(place.cwd, "out");
    const { code } = await run(
      place,
      ["build", "t.json"],
      { out, err: join(place.cwd, "err") },
      {
        NODE_OPTIONS: "--max-old-space-size=64",
      },
    );
    const tail = spawnSync("tail", ["-c", "600", out], { encoding: "utf8" }).stdout;
    assert.equal(code, 0, tail.slice(-600));
    assert.match(tail, /file: the end\n/);
  });
});
