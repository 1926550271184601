import assert from "node:assert/strict";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { type FakeRun, type FakeRunOptions, fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { nodeHost } from "../../host/node.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { goJson } from "./go-json.ts";
import { manifest } from "./manifest.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "manifest-test-"));
});
afterEach(() => rm(cwd, { recursive: true }));

const DEFAULTS = { output: "packer-manifest.json", strip_path: false, strip_time: false, custom_data: {} };

function runIn(options: FakeRunOptions = {}): FakeRun {
  return fakeRun({ component: manifest, build: { name: "one", builderType: "file" }, host: fakeHost({ cwd }), ...options });
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
    await manifest.postProcess({ ...DEFAULTS, strip_path: true, strip_time: true }, artifactOf("", "some/where/file.img"), runIn());
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
    const own = '{"builds":[{"name":"x","other":1,"files":[{"name":"<a>","size":123}],"custom_data":{"z":"1","a":"2"}}],"foo":1}';
    await writeFile(join(cwd, "packer-manifest.json"), own);
    await manifest.postProcess(DEFAULTS, artifactOf("1"), runIn());
    const first = goJson([
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
    for (const content of ["[]", '{"builds":{}}', "{", " ", '{"builds":[{"name":1}]}', '{"builds":[{"files":[{"size":"1"}]}]}']) {
      await writeFile(join(cwd, "packer-manifest.json"), content);
      await rejectsWith(manifest.postProcess(DEFAULTS, artifactOf("1"), runIn()), { code: "manifest/not-a-manifest" });
      assert.equal(await written(), content);
    }
    await mkdir(join(cwd, "folder"));
    await rejectsWith(manifest.postProcess({ ...DEFAULTS, output: "folder" }, artifactOf("1"), runIn()), { code: "manifest/unreadable" });
  });

  it("a missing folder is an error and nobody waits for a lock in it", async () => {
    const run = runIn();
    await rejectsWith(manifest.postProcess({ ...DEFAULTS, output: "no/m.json" }, artifactOf("1"), run), { code: "manifest/unwritable" });
    assert.deepEqual(run.host.clock.sleeps, []);
  });

  it("builds that end at the same time all get into the file", async () => {
    const host = { ...fakeHost({ cwd }), clock: nodeHost().clock };
    await Promise.all(["0", "1", "2"].map((id) => manifest.postProcess(DEFAULTS, artifactOf(id), { ...runIn(), host })));
    const ids = JSON.parse(await written()).builds.map((build: { artifact_id: string }) => build.artifact_id);
    assert.deepEqual(ids.sort(), ["0", "1", "2"]);
  });

  it("a lock that was left behind costs three attempts and is then removed", async () => {
    const lock = join(cwd, "packer-manifest.json.lock");
    await writeFile(lock, "");
    const run = runIn();
    await manifest.postProcess(DEFAULTS, artifactOf("1"), run);
    assert.deepEqual(run.host.clock.sleeps, [0, 200, 400]);
    assert.equal(JSON.parse(await written()).builds.length, 1);
    await assert.rejects(access(lock));
  });

  it("control characters and half surrogates are escaped as Go escapes them", () => {
    assert.equal(goJson('\b\f\n\t\u0001\\b"\u007f\ud800é'), '"\\u0008\\u000c\\n\\t\\u0001\\\\b\\"\u007f\\ufffdé"');
    assert.equal(goJson({ a: [], b: {}, c: undefined, d: null }), '{\n  "a": [],\n  "b": {},\n  "d": null\n}');
  });
});
