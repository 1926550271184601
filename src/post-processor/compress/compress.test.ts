import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { fakeHost } from "../../../test/fakes/host.ts";
import { prepareOptions } from "../../../test/fakes/prepare.ts";
import { type FakeRun, fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { compress } from "./compress.ts";
import { guessFormat } from "./format.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "compress-test-"));
});
afterEach(() => rm(cwd, { recursive: true }));

const DEFAULTS = { output: "packer_{{.BuildName}}_{{.BuilderType}}", format: "", compression_level: undefined };

function runIn(signal?: AbortSignal): FakeRun {
  return fakeRun({
    component: compress,
    build: { name: "ubuntu", builderType: "qemu" },
    host: fakeHost({ cwd, programs: "real" }),
    signal,
  });
}

async function artifactOf(
  files: Readonly<Record<string, string>>,
  state: Record<string, unknown> = {},
): Promise<Artifact> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(cwd, name, ".."), { recursive: true });
    await writeFile(join(cwd, name), content);
  }
  return {
    builderId: "x",
    id: "x",
    files: Object.keys(files),
    describe: () => "",
    state: (name) => state[name],
    destroy: async () => {},
  };
}

describe("post-processor/compress", () => {
  it("the name of the output decides the format as in Packer", () => {
    const cases: [output: string, format: string, expected: ReturnType<typeof guessFormat>][] = [
      ["a.tar", "", { archive: "tar" }],
      ["a.zip", "", { archive: "zip" }],
      ["a.tar.gz", "", { archive: "tar", algorithm: "pgzip" }],
      ["a.tar.lz4", "", { archive: "tar", algorithm: "lz4" }],
      ["a.tar.bgzf", "", { archive: "tar", algorithm: "bgzf" }],
      ["a.tar.xz", "", { archive: "tar", algorithm: "xz" }],
      ["a.gz", "", { algorithm: "pgzip" }],
      ["a.img.lz4", "", { algorithm: "lz4" }],
      ["a.bgzf", "", { algorithm: "bgzf" }],
      ["a.xz", "", { algorithm: "xz" }],
      ["a", "", { archive: "tar", algorithm: "pgzip" }],
      ["a.zip.bar", "", { archive: "tar", algorithm: "pgzip" }],
      ["a.bz2", "", { archive: "tar", algorithm: "pgzip" }],
      ["a.GZ", "", { archive: "tar", algorithm: "pgzip" }],
      ["a", "zip", { archive: "zip" }],
      ["a", "tar.gz", { archive: "tar", algorithm: "pgzip" }],
      ["a.tar", "gz", { archive: "tar", algorithm: "pgzip" }],
    ];
    for (const [output, format, expected] of cases) {
      assert.deepEqual(guessFormat(output, format), expected, `${output} as ${format}`);
    }
  });

  it("several files become one archive, with Packer's messages and artifact", async () => {
    const run = runIn();
    const { artifact, input } = await compress.postProcess(
      { ...DEFAULTS, output: "images/{{.BuildName}}-{{.BuilderType}}.tar.gz" },
      await artifactOf({ "out/a": "A", "out/b": "B" }),
      run,
    );
    assert.deepEqual(run.lines, [
      "==> Using pgzip compression with 2 cores for images/ubuntu-qemu.tar.gz",
      "==> Tarring images/ubuntu-qemu.tar.gz with pgzip",
      "==> Archive images/ubuntu-qemu.tar.gz completed",
    ]);
    assert.equal(input, "discard");
    assert.equal(artifact?.builderId, "packer.post-processor.compress");
    assert.equal(artifact?.id, "");
    assert.equal(artifact?.describe(), "compressed artifacts in: images/ubuntu-qemu.tar.gz");
    assert.deepEqual(artifact?.files, ["images/ubuntu-qemu.tar.gz"]);
    const unpacked = gunzipSync(await readFile(join(cwd, "images/ubuntu-qemu.tar.gz"))).toString("latin1");
    assert.equal(unpacked.slice(0, 2), "a\0");
    await run.finish();
    await artifact?.destroy();
    assert.deepEqual(await readdir(join(cwd, "images")), []);
  });

  it("each kind of output says what Packer says", async () => {
    const input = await artifactOf({ "one.img": "one" });
    const said = async (output: string): Promise<readonly string[]> => {
      const run = runIn();
      await compress.postProcess({ ...DEFAULTS, output }, input, run);
      return run.lines;
    };
    assert.deepEqual(await said("x.tar"), ["==> Tarring x.tar with no compression", "==> Archive x.tar completed"]);
    assert.deepEqual(await said("x.zip"), ["==> Zipping x.zip", "==> Archive x.zip completed"]);
    assert.deepEqual(await said("x.lz4"), [
      "==> Using lz4 compression with 2 cores for x.lz4",
      "==> Archiving one.img with lz4",
      "==> Archive x.lz4 completed",
    ]);
    assert.deepEqual(await said(""), [
      "==> Using pgzip compression with 2 cores for packer_ubuntu_qemu",
      "==> Tarring packer_ubuntu_qemu with pgzip",
      "==> Archive packer_ubuntu_qemu completed",
    ]);
  });

  it("values that the build published can name the output", async () => {
    const { artifact } = await compress.postProcess(
      { ...DEFAULTS, output: "{{.ID}}.tar" },
      await artifactOf({ a: "A" }, { generated_data: { ID: "vm-1" } }),
      runIn(),
    );
    assert.deepEqual(artifact?.files, ["vm-1.tar"]);
    assert.deepEqual(artifact?.state("generated_data"), { ID: "vm-1" });
  });

  it("several files do not fit into a single compressed file", async () => {
    await rejectsWith(
      compress.postProcess({ ...DEFAULTS, output: "x.gz" }, await artifactOf({ a: "A", b: "B" }), runIn()),
      {
        code: "compress/not-one-file",
        message: /Found 2 files: \[a b\]/,
      },
    );
  });

  it("an archive of nothing is refused", async () => {
    for (const output of ["out.tar", "out.zip", "out.tar.gz"]) {
      await rejectsWith(compress.postProcess({ ...DEFAULTS, output }, await artifactOf({}), runIn()), {
        code: "compress/nothing",
      });
      assert.equal(existsSync(join(cwd, output)), false);
    }
  });

  it("a name that promises another kind of file is told beforehand", async () => {
    for (const [output, words] of [
      ["a.zst", /as \.zst here/],
      ["a.tar.bz2", /as \.bz2 here/],
      ["a.tar.gz", undefined],
      ["plain", undefined],
    ] as const) {
      const { warnings } = await prepareOptions(compress, { output });
      assert.equal(warnings.length, words === undefined ? 0 : 1, output);
      assert.match(warnings[0] ?? "", words ?? /^$/);
    }
  });

  it("the output never overwrites what is to be compressed", async () => {
    const input = await artifactOf({ "a.gz": "A" });
    await rejectsWith(compress.postProcess({ ...DEFAULTS, output: "./a.gz" }, input, runIn()), {
      code: "compress/output-is-input",
    });
    assert.equal(await readFile(join(cwd, "a.gz"), "utf8"), "A");
  });

  it("a missing file is an error before anything is written", async () => {
    const input = { ...(await artifactOf({ a: "A" })), files: ["a", "gone"] };
    await rejectsWith(compress.postProcess({ ...DEFAULTS, output: "x.tar" }, input, runIn()), {
      code: "host/file-unreadable",
    });
    assert.deepEqual(await readdir(cwd), ["a"]);
  });

  it("a cancelled run leaves no part of an archive", async () => {
    const cancel = new AbortController();
    const run = runIn(cancel.signal);
    const ui = { ...run.ui, say: () => cancel.abort(new Error("cancelled")) };
    const input = await artifactOf({ a: "A".repeat(5_000_000) });
    await assert.rejects(compress.postProcess({ ...DEFAULTS, output: "x.tar" }, input, { ...run, ui }), /cancelled/);
    await run.finish();
    assert.deepEqual(await readdir(cwd), ["a"]);
  });

  it("a folder where the archive should go is reported and left alone", async () => {
    await mkdir(join(cwd, "x.tar", "precious"), { recursive: true });
    const run = runIn();
    await rejectsWith(compress.postProcess({ ...DEFAULTS, output: "x.tar" }, await artifactOf({ a: "A" }), run), {
      code: "host/file-unwritable",
    });
    await run.finish();
    assert.deepEqual(await readdir(join(cwd, "x.tar")), ["precious"]);
  });

  it("a compression level changes the size, and more than 9 is 9", async () => {
    const input = await artifactOf({
      a: Array.from({ length: 50_000 }, (_, i) => `line ${(i * 7919) % 1000}`).join("\n"),
    });
    const size = async (level: number): Promise<number> => {
      await compress.postProcess({ ...DEFAULTS, output: "x.gz", compression_level: level }, input, runIn());
      return (await readFile(join(cwd, "x.gz"))).length;
    };
    assert.ok((await size(9)) < (await size(1)));
    assert.equal(await size(40), await size(9));
    assert.equal(await size(0), await size(-1));
  });
});
