// Builds that are interrupted at any moment: they clean up and say so; what a killed one leaves, a later process removes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createCatalog } from "../../src/catalog.ts";
import { findLeftovers } from "../../src/core/journal-file.ts";
import { removeLeftovers } from "../../src/core/leftovers.ts";
import { nodeHost } from "../../src/host/node.ts";
import { fakeRun } from "../fakes/run.ts";
import { type Ended, folderWith, packerTs } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage } from "../servers/docker-fixture.ts";
import { type Sshd, startSshd } from "../servers/sshd.ts";

const ROUNDS = 18;
const seed = Number(process.env["PACKER_TS_SEED"] ?? 20240607);

/** Numbers from 0 to 1 that are the same for the same seed. */
function numbers(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Kind {
  readonly name: string;
  readonly template: object;
  readonly args: readonly string[];
}

interface Interrupted {
  readonly root: string;
  readonly ended: Ended;
}

/** Builds in a folder of its own and sends the signal `delay` milliseconds after the start, or after the first words. */
async function interrupt(
  kind: Kind,
  signal: NodeJS.Signals,
  after: "start" | "words",
  delay: number,
): Promise<Interrupted> {
  const root = mkdtempSync(join(tmpdir(), "interrupts-"));
  for (const name of ["case", "home", "tmp"]) {
    mkdirSync(join(root, name));
  }
  const cwd = join(root, "case");
  writeFileSync(join(cwd, "t.json"), JSON.stringify(kind.template));
  for (let i = 0; i < 40; i++) {
    writeFileSync(join(cwd, `file${i}`), "x".repeat(50_000));
  }
  const ended = await packerTs(["build", "-color=false", ...kind.args, "t.json"], {
    cwd,
    env: { HOME: join(root, "home"), TMPDIR: join(root, "tmp"), PACKER_LOG: undefined },
    started(child) {
      const send = (): void => void setTimeout(() => child.kill(signal), delay);
      if (after === "start") {
        send();
      } else {
        child.stdout?.once("data", send);
      }
    },
  });
  return { root, ended };
}

/** What is still there of a build: files in its temporary folders, containers that share one, and processes with its environment. */
function remains(root: string): readonly string[] {
  const files = ["tmp", "home/.packer.d"].flatMap((name) => walk(join(root, name)));
  return [...files, ...containersOf(root), ...processesOf(root)];
}

function walk(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
    // The folder of journals stays; a journal in it would be something left.
    return entries.filter((name) => !/^packer-ts-journal-\d+$/.test(name)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function containersOf(root: string): string[] {
  const ids =
    spawnSync("docker", ["ps", "-aq", "--no-trunc"], { encoding: "utf8" }).stdout?.split("\n").filter(Boolean) ?? [];
  return ids
    .filter((id) => spawnSync("docker", ["inspect", id], { encoding: "utf8" }).stdout.includes(root))
    .map((id) => `container ${id}`);
}

function processesOf(root: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(root)) {
          return [];
        }
        return [`process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`];
      } catch {
        return [];
      }
    });
}

/** The server of the other side notices a moment later that a session was ended. */
async function remainsAtLast(root: string): Promise<readonly string[]> {
  for (let tries = 0; tries < 100 && remains(root).length > 0; tries++) {
    await wait(50);
  }
  return remains(root);
}

const shellLocal = (...inline: readonly string[]): object => ({ type: "shell-local", inline });
// Of an interrupted build the script stays on the machine, as in Packer; here the machine is this one.
const shell = (...inline: readonly string[]): object => ({ type: "shell", inline, remote_folder: "{{user `folder`}}" });
const upload = { type: "file", source: "./", destination: "uploaded" };

const kinds = {
  /** Its scripts go on for so many seconds. */
  local: (seconds = 300): Kind => ({
    name: "shell-local",
    args: [],
    template: {
      builders: [
        { type: "null", communicator: "none", name: "a" },
        { type: "file", name: "b", target: "b.txt", content: "b" },
      ],
      provisioners: [
        shellLocal("echo begun", "sleep 0.2", "echo going on"),
        { ...shellLocal(`sleep ${seconds} & sleep ${seconds} & wait`), only: ["a"] },
      ],
      "post-processors": [
        { type: "compress", output: "b.tar.gz" },
        shellLocal(`sleep ${seconds} & sleep ${seconds}; echo never`),
      ],
    },
  }),
  ssh: (sshd: Sshd, folder: string): Kind => ({
    name: "null over SSH",
    args: [
      "-var",
      `port=${sshd.port}`,
      "-var",
      `user=${sshd.user}`,
      "-var",
      `key=${sshd.keyFile}`,
      "-var",
      `folder=${folder}`,
    ],
    template: {
      variables: { port: "", user: "", key: "", folder: "" },
      builders: ["one", "two"].map((name) => ({
        type: "null",
        name,
        ssh_host: "127.0.0.1",
        ssh_port: "{{user `port`}}",
        ssh_username: "{{user `user`}}",
        ssh_private_key_file: "{{user `key`}}",
        ssh_file_transfer_method: name === "one" ? "scp" : "sftp",
      })),
      provisioners: [
        shell("echo begun", "mkdir -p {{user `folder`}}/uploaded"),
        { ...upload, destination: "{{user `folder`}}/uploaded" },
        shell("echo uploaded", "sleep 300 & sleep 300"),
      ],
    },
  }),
  docker: (): Kind => ({
    name: "docker",
    args: [],
    template: {
      variables: { folder: "/tmp" },
      builders: [{ type: "docker", image: BASE_IMAGE, pull: false, export_path: "image.tar" }],
      provisioners: [
        shell("echo begun", "mkdir /uploaded"),
        { ...upload, destination: "/uploaded" },
        shell("echo uploaded", "sleep 300"),
      ],
    },
  }),
} as const;

/** Interrupts builds of one kind, three at a time, at moments that the seed decides. */
async function rounds(t: TestContext, kind: Kind, from: number): Promise<void> {
  const random = numbers(seed + from);
  const plan = Array.from({ length: ROUNDS }, (_, i) => ({
    signal: i % 2 === 0 ? ("SIGINT" as const) : ("SIGTERM" as const),
    after: i % 3 === 0 ? ("start" as const) : ("words" as const),
    delay: Math.floor(random() * 1500),
  }));
  const counts = { cleaned: 0, early: 0 };
  const waiting = plan.values();
  const worker = async (): Promise<void> => {
    for (const { signal, after, delay } of waiting) {
      const { root, ended } = await interrupt(kind, signal, after, delay);
      const what = `${signal} ${delay} ms after the ${after}, seed ${seed}:\n${ended.stdout}${ended.stderr}`;
      assert.deepEqual(await remainsAtLast(root), [], what);
      rmSync(root, { recursive: true });
      // A signal before the program has begun ends it at once, and nothing was made.
      if (ended.signal === signal && ended.stdout === "") {
        counts.early++;
      } else {
        assert.equal(ended.code, 1, what);
        assert.match(
          ended.stdout,
          new RegExp(`Cancelling build after receiving ${signal === "SIGINT" ? "interrupt" : "terminated"}\n`),
          what,
        );
        assert.doesNotMatch(ended.stdout, /Some builds didn't complete|This is a bug|fault of the program/, what);
        counts.cleaned++;
      }
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  t.diagnostic(
    `${kind.name}: ${ROUNDS} interrupted (${counts.cleaned} in a build, ${counts.early} before it began), nothing left; seed ${seed}`,
  );
  assert.ok(counts.cleaned > ROUNDS / 2);
}

describe("e2e/interrupts", () => {
  it("leaves nothing of scripts on this machine", (t) => rounds(t, kinds.local(), 1));

  it("leaves nothing of builds over SSH on this side", async (t) => {
    const sshd = await startSshd(t, { config: ["SetEnv HOME=/nonexistent"] });
    if (sshd === undefined) {
      return;
    }
    const folder = folderWith(t, {});
    await rounds(t, kinds.ssh(sshd, folder), 2);
    // OpenSSH does not pass the signal on for root, nor when it runs without root itself: then a command ends with its machine.
    for (const found of processesOf(folder)) {
      process.kill(Number(/\d+/.exec(found)?.[0]), "SIGKILL");
    }
  });

  it("leaves nothing of docker builds", async (t) => {
    if (baseImage(t) !== undefined) {
      await rounds(t, kinds.docker(), 3);
    }
  });

  it("says that it cancelled cleanly, and needs no second signal", async () => {
    const { root, ended } = await interrupt(kinds.local(), "SIGINT", "words", 300);
    rmSync(root, { recursive: true });
    assert.match(ended.stdout, /Cleanly cancelled builds after being interrupted\.\n$/);
    assert.doesNotMatch(ended.stdout, /Forcefully/);
  });

  it("leaves a journal when it is killed, with which another process removes everything", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const host = nodeHost();
    const random = numbers(seed + 4);
    let found = 0;
    let seen = 0;
    for (let round = 0; round < 6; round++) {
      // Nobody ends the scripts of a program that was killed: these end by themselves.
      const kind = round % 2 === 0 ? kinds.docker() : kinds.local(2);
      const { root } = await interrupt(kind, "SIGKILL", "words", Math.floor(random() * 1200));
      seen += remains(root).filter((one) => !one.startsWith("process")).length;
      for (const { journal, resources } of (await findLeftovers(host, join(root, "tmp", journalFolder(root)))).ended) {
        found += resources.length;
        const { failed } = await removeLeftovers(journal.file, await createCatalog(), { host, ui: fakeRun().ui });
        assert.deepEqual(failed, []);
      }
      assert.deepEqual(await remainsAtLast(root), [], kind.name);
      rmSync(root, { recursive: true });
    }
    t.diagnostic(`6 builds killed, ${found} resources found in journals and removed; seed ${seed}`);
    assert.ok(found >= 6);
    assert.ok(seen >= found);
  });
});

function journalFolder(root: string): string {
  return readdirSync(join(root, "tmp")).find((name) => name.startsWith("packer-ts-journal-")) ?? "none";
}
