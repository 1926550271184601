// What a run leaves is removed for that run alone: what came later, or was there before, or is another build's, stays.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { buildIn, type Place, placeFor, runIn, switchedOff } from "./qemu-build.ts";

const sleeps = { provisioners: [{ type: "shell-local", inline: ["sleep 300"] }] };

/** Starts a build and ends it when it has said `words`. */
async function stop(place: Place, signal: NodeJS.Signals, words: string): Promise<void> {
  await buildIn(place, {
    started(child) {
      let said = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        said += chunk;
        if (said.includes(words)) {
          setTimeout(() => child.kill(signal), 200);
        }
      });
    },
  });
}

async function reap(place: Place): Promise<string> {
  const { stdout, stderr } = await runIn(place, ["reap", "-older-than=0s"]);
  return stdout + stderr;
}

/** A small disk of its own; `undefined` where none can be mounted. */
function smallDisk(t: TestContext, size: string): string | undefined {
  const path = mkdtempSync(join(tmpdir(), "small-disk-"));
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]).status === 0;
  t.after(() => {
    if (isMounted) {
      spawnSync("umount", ["-l", path]);
    }
    rmSync(path, { recursive: true, force: true });
  });
  return isMounted ? path : undefined;
}

/** A `qemu-img` that cannot convert. */
function withoutConvert(place: Place, body: string): Readonly<Record<string, string>> {
  const bin = join(place.root, "bin");
  mkdirSync(bin);
  const real = spawnSync("sh", ["-c", "command -v qemu-img"], { encoding: "utf8" }).stdout.trim();
  writeFileSync(join(bin, "qemu-img"), `#!/bin/sh\n[ "$1" = convert ] && { ${body}; }\nexec ${real} "$@"\n`);
  chmodSync(join(bin, "qemu-img"), 0o755);
  return { ...place.env, PATH: `${bin}:${process.env["PATH"]}` };
}

describe("e2e/later-artifacts", () => {
  it("leaves the machine of a later run when the earlier one was killed", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    for (const takeOver of ["-force", "by hand"]) {
      const place = placeFor(t, { "t.json": { builders: [switchedOff()], ...sleeps } });
      await stop(place, "SIGKILL", "Running local shell script");
      assert.ok(existsSync(join(place.folder, "made")), "the killed run left its folder");
      if (takeOver === "by hand") {
        rmSync(join(place.folder, "made"), { recursive: true });
      }
      writeFileSync(join(place.folder, "t.json"), JSON.stringify({ builders: [switchedOff()] }));
      const later = await buildIn(place, {}, ...(takeOver === "-force" ? ["-force"] : []));
      assert.equal(later.code, 0, later.stdout);
      const said = await reap(place);
      assert.ok(existsSync(join(place.folder, "made/small")), said);
      assert.doesNotMatch(said, /Removed the output directory/);
      assert.match(await reap(place), /There are no records/);
    }
  });

  it("leaves a folder that somebody made by hand where a killed run had its own", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [switchedOff()], ...sleeps } });
    await stop(place, "SIGKILL", "Running local shell script");
    rmSync(join(place.folder, "made"), { recursive: true });
    mkdirSync(join(place.folder, "made"));
    writeFileSync(join(place.folder, "made/precious"), "x");
    assert.match(await reap(place), /was made anew by somebody else in the meantime, so it stays/);
    assert.ok(existsSync(join(place.folder, "made/precious")));
  });

  it("keeps last week's archive when a rebuild is interrupted, killed, or fails", async (t) => {
    const slow = [`yes "$RANDOM" | head -c 400000000 > big`, "echo made"];
    const template = {
      builders: [{ type: "file", target: "small.txt", content: "x" }],
      "post-processors": [
        [
          { type: "shell-local", inline: slow },
          { type: "artifice", files: ["big"], keep_input_artifact: true },
          { type: "compress", output: "image.tar.xz" },
        ],
      ],
    };
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const place = placeFor(t, { "t.json": template, "image.tar.xz": "last week's good archive" });
      await stop(place, signal, "Tarring image.tar.xz");
      if (signal === "SIGKILL") {
        await reap(place);
      }
      assert.equal(readFileSync(join(place.folder, "image.tar.xz"), "utf8"), "last week's good archive");
      assert.deepEqual(
        readdirSync(place.folder).filter((name) => name.endsWith(".part")),
        [],
      );
    }
    const place = placeFor(t, { "t.json": template });
    const small = smallDisk(t, "64k");
    if (small === undefined) {
      return;
    }
    writeFileSync(join(small, "image.tar"), "good");
    const incompressible = ["head -c 1000000 /dev/urandom > big"];
    const post = [
      { type: "shell-local", inline: incompressible },
      { type: "artifice", files: ["big"] },
      { type: "compress", output: join(small, "image.tar") },
    ];
    writeFileSync(join(place.folder, "t.json"), JSON.stringify({ ...template, "post-processors": [post] }));
    const full = await buildIn(place);
    assert.equal(full.code, 1);
    assert.match(full.stdout, /The disk is full/);
    assert.match(full.stdout, /What could not be post-processed stays: Created artifact from files: big/);
    assert.deepEqual(readdirSync(small), ["image.tar"]);
    assert.ok(existsSync(join(place.folder, "big")));
  });

  it("lets one of two builds have a folder and touches nothing of it for the other", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const builder = (name: string) => ({ ...switchedOff(), name });
    for (const force of [[], ["-force"]]) {
      const place = placeFor(t, {
        "one.json": { builders: [builder("one")], ...sleeps },
        "two.json": { builders: [builder("two")] },
      });
      const { env } = place;
      const first = runIn(place, ["build", "-color=false", "one.json"], {
        env,
        started: (child) => void setTimeout(() => child.kill("SIGINT"), 9000),
      });
      for (let waited = 0; !existsSync(join(place.folder, "made/small")) && waited < 8000; waited += 50) {
        await wait(50);
      }
      const second = await runIn(place, ["build", "-color=false", ...force, "two.json"], { env });
      assert.equal(second.code, 1);
      assert.match(second.stdout, force.length > 0 ? /is in use by build 'one' +\[output\/in-use\]/ : /already exists/);
      assert.ok(existsSync(join(place.folder, "made/small")), "the first one's disk is still there");
      await first;
      assert.ok(!existsSync(join(place.folder, "made")));
    }
  });

  it("keeps a good disk when it cannot be written anew, and says where it is and what to type", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [switchedOff({ disk_compression: true })] } });
    const env = withoutConvert(place, 'echo "no space left on device" >&2; touch "made/small.convert"; exit 1');
    const { code, stdout } = await runIn(place, ["build", "-color=false", "t.json"], { env });
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(join(place.folder, "made")), ["small"]);
    assert.match(stdout, /no space left on device/);
    assert.match(stdout, /The disk stays as the machine left it: made\/small/);
    assert.match(stdout, /qemu-img convert -c -O qcow2 made\/small FILE/);
    assert.match(await reap(place), /There are no records/);
  });

  it("removes what it made when the user interrupts it while the disk is written anew", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [switchedOff()] } });
    const env = withoutConvert(place, "sleep 60");
    const { stdout } = await runIn(place, ["build", "-color=false", "t.json"], {
      env,
      started(child) {
        child.stdout?.on("data", (chunk: Buffer) => {
          if (chunk.includes("Converting")) {
            setTimeout(() => child.kill("SIGINT"), 100);
          }
        });
      },
    });
    assert.match(stdout, /Cleanly cancelled/);
    assert.ok(!existsSync(join(place.folder, "made")));
  });

  it("leaves raw disks as the machine wrote them, and warns that they cannot be compressed", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [switchedOff({ format: "raw", disk_compression: true })] } });
    const env = withoutConvert(place, "exit 1");
    const { code, stdout } = await runIn(place, ["build", "-color=false", "t.json"], { env });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Warning: disk_compression does nothing for the format raw/);
  });
});
