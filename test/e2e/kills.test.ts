// Sixty builds that end at any moment in any way, beside one that goes on: nothing of them is left, nothing of anybody else's is touched.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { cliPath, type Ended, folderWith, packerTs } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage } from "../servers/docker-fixture.ts";
import { startSshd } from "../servers/sshd.ts";
import { processesOf } from "./qemu-build.ts";

const ROUNDS = 20;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const;
const seed = Number(process.env["PACKER_TS_SEED"] ?? 20270301);
const WEEK_OLD = "made a week ago";

/** Numbers from 0 to 1 that are the same for the same seed. */
function numbers(from: number): () => number {
  let state = from;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

interface Kind {
  readonly template: object;
  /** Milliseconds after its first words in which everything happens that there is to interrupt. */
  readonly longest: number;
  /** What earlier runs left here for good, with names that this build uses as well where it may. */
  readonly results: readonly string[];
}

/** Folders of one kind: all its builds share the one for temporary files, and so their journals. */
interface Scene {
  readonly root: string;
  readonly temporary: string;
  readonly bystander: ChildProcess;
  /** What the bystander has there. */
  readonly its: readonly string[];
}

async function sceneFor(t: TestContext): Promise<Scene> {
  const root = mkdtempSync(join(tmpdir(), "kills-"));
  const temporary = join(root, "tmp");
  mkdirSync(temporary);
  const template = {
    builders: [{ type: "null", communicator: "none" }],
    provisioners: [{ type: "shell-local", inline: ["echo up", "sleep 600"] }],
  };
  writeFileSync(join(root, "bystander.json"), JSON.stringify(template));
  const env = { ...process.env, TMPDIR: temporary };
  const bystander = spawn(process.execPath, [cliPath, "build", "-color=false", "bystander.json"], { cwd: root, env });
  t.after(async () => {
    bystander.kill("SIGINT");
    for (let waited = 0; bystander.exitCode === null && waited < 5000; waited += 50) {
      await wait(50);
    }
    for (const pid of processesOf(root).keys()) {
      process.kill(pid, "SIGKILL");
    }
    rmSync(root, { recursive: true, force: true });
  });
  await new Promise<void>((resolve) => {
    bystander.stdout.on("data", (chunk: Buffer) => chunk.includes("up") && resolve());
  });
  return { root, temporary, bystander, its: walk(temporary) };
}

function walk(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

interface Killed {
  readonly place: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ended: Ended;
}

/** Builds in a folder of its own and ends the build some time after its first words. */
async function kill({ root, temporary }: Scene, kind: Kind, signal: NodeJS.Signals, delay: number): Promise<Killed> {
  const place = mkdtempSync(join(root, "build-"));
  writeFileSync(join(place, "t.json"), JSON.stringify(kind.template));
  writeFileSync(join(place, "some.iso"), "no system");
  for (const result of kind.results) {
    writeFileSync(join(place, result), WEEK_OLD);
  }
  const env = { TMPDIR: temporary, PACKER_CONFIG_DIR: place, PACKER_CACHE_DIR: join(place, "cache"), HOME: place };
  const ended = await packerTs(["build", "-color=false", "t.json"], {
    cwd: place,
    env,
    started: (child) => void child.stdout?.once("data", () => setTimeout(() => child.kill(signal), delay)),
  });
  return { place, env, ended };
}

/** What is still there of a build: its results, programs and containers. */
function remains(place: string): readonly string[] {
  const own = new Set(["t.json", "some.iso", ".packer.d", "cache", ".cache"]);
  const files = readdirSync(place).filter((name) => !own.has(name));
  const shared = walk(place).filter((name) => /^\.packer\.d./.test(name));
  const programs = [...processesOf(place)].map(([pid, command]) => `process ${pid}: ${command}`);
  const ids =
    spawnSync("docker", ["ps", "-aq", "--no-trunc"], { encoding: "utf8" }).stdout?.split("\n").filter(Boolean) ?? [];
  const containers = ids.filter((id) =>
    spawnSync("docker", ["inspect", id], { encoding: "utf8" }).stdout.includes(place),
  );
  return [...files, ...shared, ...programs, ...containers];
}

/** Kills builds of one kind, three at a time, at moments that the seed decides. */
async function rounds(t: TestContext, kind: Kind, from: number): Promise<void> {
  const scene = await sceneFor(t);
  const random = numbers(seed + from);
  const plan = Array.from({ length: ROUNDS }, (_, i) => ({
    signal: SIGNALS[i % SIGNALS.length] ?? "SIGKILL",
    delay: Math.floor(random() * kind.longest),
  })).values();
  const worker = async (): Promise<void> => {
    for (const { signal, delay } of plan) {
      const { place, env, ended } = await kill(scene, kind, signal, delay);
      let said = `${signal} ${delay} ms after the first words, seed ${seed}:\n${ended.stdout}${ended.stderr}`;
      if (signal === "SIGKILL") {
        const reaped = await packerTs(["reap", "-older-than=0s"], { cwd: place, env });
        said += reaped.stdout + reaped.stderr;
        assert.equal(reaped.code, 0, said);
      } else {
        assert.match(ended.stdout, /Cleanly cancelled builds/, said);
      }
      assert.doesNotMatch(said, /This is a bug|fault of the program/);
      // A program that was told to end may take a moment.
      for (let tries = 0; tries < 60 && remains(place).length > kind.results.length; tries++) {
        await wait(50);
      }
      assert.deepEqual(remains(place), kind.results, said);
      for (const result of kind.results) {
        assert.equal(readFileSync(join(place, result), "utf8"), WEEK_OLD, said);
      }
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  assert.equal(scene.bystander.exitCode, null, "the other build goes on");
  assert.deepEqual(walk(scene.temporary), scene.its, "its files are all that is left");
  t.diagnostic(`${ROUNDS} builds killed in ${SIGNALS.length} ways, nothing left, nothing else touched; seed ${seed}`);
}

const shell = (...inline: readonly string[]): object => ({ type: "shell", inline });

describe("e2e/kills", () => {
  it("leaves nothing of docker builds, and last week's export", async (t) => {
    if (baseImage(t) !== undefined) {
      await rounds(
        t,
        {
          template: {
            builders: [{ type: "docker", image: BASE_IMAGE, pull: false, export_path: "image.tar" }],
            provisioners: [shell("echo up", "sleep 300")],
          },
          longest: 1500,
          results: ["image.tar"],
        },
        1,
      );
    }
  });

  it("leaves nothing of builds over SSH, and last week's file", async (t) => {
    const sshd = await startSshd(t, { config: ["SetEnv HOME=/nonexistent"] });
    if (sshd === undefined) {
      return;
    }
    const access = {
      ssh_host: "127.0.0.1",
      ssh_port: sshd.port,
      ssh_username: sshd.user,
      ssh_private_key_file: sshd.keyFile,
    };
    await rounds(
      t,
      {
        template: {
          builders: [{ type: "null", ...access }],
          // As in Packer the script of a killed build goes on over there, and stays there.
          provisioners: [{ type: "shell", inline: ["echo up", "sleep 20"], remote_folder: folderWith(t, {}) }],
          "post-processors": [{ type: "compress", output: "image.tar" }],
        },
        longest: 1200,
        results: ["image.tar"],
      },
      2,
    );
  });

  it("leaves nothing of machines, and last week's disk", async (t) => {
    if (!needs(t, "qemu-system-x86_64", "qemu-img")) {
      return;
    }
    const machine = { type: "qemu", iso_url: "some.iso", iso_checksum: "none", communicator: "none", headless: true };
    await rounds(
      t,
      {
        template: {
          builders: [
            {
              ...machine,
              accelerator: "tcg",
              memory: 64,
              disk_size: "10M",
              vm_name: "small",
              output_directory: "made",
            },
          ],
        },
        longest: 2500,
        results: ["made-last-week"],
      },
      3,
    );
  });
});
