import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  access,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { type FakeRun, type FakeRunOptions, fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { nodeHost } from "../../host/node.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { writeGoJson } from "./go-json.ts";
import { manifest } from "./manifest.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "manifest-test-"));
});
afterEach(() => {
  // What a test has mounted in there goes first.
  for (const name of ["disk", "packer-manifest.json"]) {
    spawnSync("umount", [join(cwd, name)]);
  }
  return rm(cwd, { recursive: true });
});

const DEFAULTS = { output: "packer-manifest.json", strip_path: false, strip_time: false, custom_data: {} };

function runIn(options: FakeRunOptions = {}): FakeRun {
  return fakeRun({
    component: manifest,
    build: { name: "one", builderType: "file" },
    host: fakeHost({ cwd }),
    ...options,
  });
}

/** With the real clock, processes and random numbers. */
function realRun(): Parameters<typeof manifest.postProcess>[2] {
  return { ...runIn(), host: { ...nodeHost(), cwd } };
}

function artifactOf(id: string, ...files: string[]): Artifact {
  return { builderId: "x", id, files, describe: () => "", state: () => ({ ID: "vm<1>" }), destroy: async () => {} };
}

function written(name = "packer-manifest.json"): Promise<string> {
  return readFile(join(cwd, name), "utf8");
}

describe("post-processor/manifest", () => {
  it("the file is byte for byte as Packer writes it", async () => {
    await mkdir(join(cwd, "out"));
    await writeFile(join(cwd, "out/one.txt"), "hello");
    const custom_data = { b: "<&>\u2028x", a: "{{.ID}}", "10": "x", "9": "y" };
    const input = artifactOf("id-1", "out/one.txt", "gone");
    const result = await manifest.postProcess({ ...DEFAULTS, custom_data }, input, runIn());
    assert.deepEqual(result, { artifact: input, input: "must-keep" });
    const expected = [
      "{",
      '  "builds": [',
      "    {",
      '      "name": "one",',
      '      "builder_type": "file",',
      '      "build_time": 1704164645,',
      '      "files": [',
      "        {",
      '          "name": "out/one.txt",',
      '          "size": 5',
      "        },",
      "        {",
      '          "name": "gone",',
      '          "size": 0',
      "        }",
      "      ],",
      '      "artifact_id": "id-1",',
      '      "packer_run_uuid": "11111111-2222-4333-8444-555555555555",',
      '      "custom_data": {',
      '        "10": "x",',
      '        "9": "y",',
      '        "a": "vm\\u003c1\\u003e",',
      '        "b": "\\u003c\\u0026\\u003e\\u2028x"',
      "      }",
      "    }",
      "  ],",
      '  "last_run_uuid": "11111111-2222-4333-8444-555555555555"',
      "}",
    ];
    assert.equal(await written(), expected.join("\n"));
  });

  it("paths and times can be left out, and nothing is null", async () => {
    await manifest.postProcess(
      { ...DEFAULTS, strip_path: true, strip_time: true },
      artifactOf("", "some/where/file.img"),
      runIn(),
    );
    await manifest.postProcess({ ...DEFAULTS, strip_time: true }, artifactOf(""), runIn());
    const { builds } = JSON.parse(await written());
    assert.deepEqual(builds[0].files, [{ name: "file.img", size: 0 }]);
    assert.equal("build_time" in builds[0], false);
    assert.equal(builds[1].files, null);
    assert.equal(builds[1].custom_data, null);
  });

  it("a later run adds to the file, and -force begins anew once per run", async () => {
    const names = async (): Promise<string[]> =>
      JSON.parse(await written()).builds.map((build: { artifact_id: string }) => build.artifact_id);
    await manifest.postProcess(DEFAULTS, artifactOf("1"), runIn({ runUuid: "first" }));
    await manifest.postProcess(DEFAULTS, artifactOf("2"), runIn({ runUuid: "second" }));
    assert.deepEqual(await names(), ["1", "2"]);
    const forced = { runUuid: "third", settings: { force: true } };
    await manifest.postProcess(DEFAULTS, artifactOf("3"), runIn(forced));
    await manifest.postProcess(DEFAULTS, artifactOf("4"), runIn(forced));
    assert.deepEqual(await names(), ["3", "4"]);
  });

  it("what Packer wrote is kept as it is, and fields that are not a manifest's are dropped", async () => {
    const own =
      '{"builds":[{"name":"x","other":1,"files":[{"name":"<a>","size":123}],"custom_data":{"z":"1","a":"2"}}],"foo":1}';
    await writeFile(join(cwd, "packer-manifest.json"), own);
    await manifest.postProcess(DEFAULTS, artifactOf("1"), runIn());
    const first = writeGoJson([
      {
        name: "x",
        builder_type: "",
        files: [{ name: "<a>", size: 123 }],
        artifact_id: "",
        packer_run_uuid: "",
        custom_data: { a: "2", z: "1" },
      },
    ]);
    assert.ok((await written()).replaceAll("\n  ", "\n").includes(first.slice(1, -1).trimEnd()), await written());
  });

  it("an empty file counts as a new manifest", async () => {
    for (const content of ["", "null"]) {
      await writeFile(join(cwd, "packer-manifest.json"), content);
      await manifest.postProcess(DEFAULTS, artifactOf("1"), runIn());
      assert.equal(JSON.parse(await written()).builds.length, 1);
    }
  });

  it("a file that is no manifest is reported and left alone", async () => {
    for (const content of [
      "[]",
      '{"builds":{}}',
      '{"builders":[{"type":"null"}]}',
      '{"name":"site","version":"1.0.0"}',
      "{",
      " ",
      '{"builds":[{"name":1}]}',
      '{"builds":[{"files":[{"size":"1"}]}]}',
    ]) {
      await writeFile(join(cwd, "packer-manifest.json"), content);
      await rejectsWith(manifest.postProcess(DEFAULTS, artifactOf("1"), runIn()), { code: "manifest/not-a-manifest" });
      assert.equal(await written(), content);
    }
    await mkdir(join(cwd, "folder"));
    await rejectsWith(manifest.postProcess({ ...DEFAULTS, output: "folder" }, artifactOf("1"), runIn()), {
      code: "manifest/unreadable",
    });
  });

  it("a missing folder is an error and nobody waits for a lock in it", async () => {
    const run = runIn();
    await rejectsWith(manifest.postProcess({ ...DEFAULTS, output: "no/m.json" }, artifactOf("1"), run), {
      code: "manifest/unwritable",
    });
    assert.deepEqual(run.host.clock.sleeps, []);
  });

  it("builds that end at the same time all get into the file, however many they are", async () => {
    for (const count of [4, 12, 24]) {
      const output = `m${count}.json`;
      const ids = Array.from({ length: count }, (_, i) => `id-${i}`);
      await Promise.all(ids.map((id) => manifest.postProcess({ ...DEFAULTS, output }, artifactOf(id), realRun())));
      const found = JSON.parse(await written(output)).builds.map((build: { artifact_id: string }) => build.artifact_id);
      assert.deepEqual(found.sort(), ids.sort());
      assert.deepEqual(
        (await readdir(cwd)).filter((name) => name.startsWith(output)),
        [output],
      );
    }
  });

  it("the lock of a program that is gone is taken over, and one that nobody answers for after a while", async () => {
    const lock = join(cwd, "packer-manifest.json.lock");
    const host = nodeHost();
    const gone = {
      pid: 999_999_999,
      identity: "x",
      machine: `${hostname()}${await readlink("/proc/self/ns/pid").catch(() => "")}`,
      token: "t",
    };
    await writeFile(lock, JSON.stringify(gone));
    const began = host.clock.elapsed();
    await manifest.postProcess(DEFAULTS, artifactOf("1"), realRun());
    assert.ok(host.clock.elapsed() - began < 5_000);
    await writeFile(lock, "");
    await utimes(lock, 1, 1);
    await manifest.postProcess(DEFAULTS, artifactOf("2"), realRun());
    assert.equal(JSON.parse(await written()).builds.length, 2);
    await assert.rejects(access(lock));
  });

  it("the lock of a program that lives is waited for, then said to be held, and left to it", async () => {
    const lock = join(cwd, "packer-manifest.json.lock");
    const host = nodeHost();
    const identity = await host.processTable.identity(process.pid);
    const machine = `${hostname()}${await readlink("/proc/self/ns/pid").catch(() => "")}`;
    await writeFile(lock, JSON.stringify({ pid: process.pid, identity, machine, token: "theirs" }));
    const run = runIn();
    const clock = { ...run.host.clock, elapsed: () => run.host.clock.sleeps.reduce((sum, each) => sum + each, 0) };
    const waiting = { ...run, host: { ...run.host, clock, processTable: host.processTable } };
    await rejectsWith(manifest.postProcess(DEFAULTS, artifactOf("1"), waiting), {
      code: "host/locked",
      message: new RegExp(`for 60 seconds[\\s\\S]*process ${process.pid}`),
    });
    await access(lock);
    await assert.rejects(access(join(cwd, "packer-manifest.json")));
  });

  it("a file keeps its mode, and a link stays one", async () => {
    await mkdir(join(cwd, "real"));
    await symlink("real/m.json", join(cwd, "packer-manifest.json"));
    await manifest.postProcess(DEFAULTS, artifactOf("1"), realRun());
    await chmod(join(cwd, "real/m.json"), 0o600);
    await manifest.postProcess(DEFAULTS, artifactOf("2"), realRun());
    assert.equal(await readlink(join(cwd, "packer-manifest.json")), "real/m.json");
    assert.equal((await stat(join(cwd, "real/m.json"))).mode & 0o777, 0o600);
    assert.equal(JSON.parse(await written("real/m.json")).builds.length, 2);
    assert.deepEqual(await readdir(join(cwd, "real")), ["m.json"]);
  });

  it("on a full disk the manifest stays as it was, and nothing lies beside it", async (t) => {
    const disk = join(cwd, "disk");
    await mkdir(disk);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]).status !== 0) {
      return t.skip("cannot mount a small disk");
    }
    const config = { ...DEFAULTS, output: "disk/m.json" };
    await manifest.postProcess(config, artifactOf("1"), realRun());
    const before = await written("disk/m.json");
    const large = { ...config, custom_data: { a: "x".repeat(40_000) } };
    await rejectsWith(manifest.postProcess(large, artifactOf("2"), realRun()), {
      code: "manifest/unwritable",
      message: /ENOSPC/,
    });
    assert.equal(await written("disk/m.json"), before);
    assert.deepEqual(await readdir(disk), ["m.json"]);
  });

  it("a file that is mounted by itself is written all the same", async (t) => {
    const file = join(cwd, "packer-manifest.json");
    await writeFile(join(cwd, "outside"), "");
    await writeFile(file, "");
    if (spawnSync("mount", ["--bind", join(cwd, "outside"), file]).status !== 0) {
      return t.skip("cannot mount");
    }
    for (const id of ["1", "2"]) {
      await manifest.postProcess(DEFAULTS, artifactOf(id), realRun());
    }
    assert.equal(JSON.parse(await written("outside")).builds.length, 2);
    assert.deepEqual((await readdir(cwd)).sort(), ["outside", "packer-manifest.json"]);
  });

  it("a pipe is refused, and nobody waits for its other end", async () => {
    spawnSync("mkfifo", [join(cwd, "pipe")]);
    await rejectsWith(manifest.postProcess({ ...DEFAULTS, output: "pipe" }, artifactOf("1"), realRun()), {
      code: "manifest/unreadable",
      message: /not a regular file/,
    });
  });

  it("control characters and half surrogates are escaped as Go escapes them", () => {
    assert.equal(writeGoJson('\b\f\n\t\u0001\\b"\u007f\ud800é'), '"\\u0008\\u000c\\n\\t\\u0001\\\\b\\"\u007f\\ufffdé"');
    assert.equal(writeGoJson({ a: [], b: {}, c: undefined, d: null }), '{\n  "a": [],\n  "b": {},\n  "d": null\n}');
  });
});
