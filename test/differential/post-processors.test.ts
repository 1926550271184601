// The same templates with the file post-processors through Debian's packer and through this program.
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { needs } from "../needs.ts";

const CLI = [
  process.execPath,
  "--import",
  import.meta.resolve("tsx"),
  fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url)),
] as const;

interface Outcome {
  readonly folder: string;
  readonly status: number | null;
  readonly output: string;
}

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "differential-"));
});
after(() => rm(root, { recursive: true }));

/** Runs a template in a folder of its own with each program. */
async function both(template: unknown, ...flags: readonly string[]): Promise<{ packer: Outcome; ours: Outcome }> {
  const run = async (name: string, [command, ...args]: readonly [string, ...string[]]): Promise<Outcome> => {
    const folder = await mkdtemp(join(root, `${name}-`));
    await mkdir(join(folder, "home"));
    await writeFile(join(folder, "template.json"), JSON.stringify(template));
    const env = { PATH: process.env["PATH"], HOME: join(folder, "home"), CHECKPOINT_DISABLE: "1" };
    const result = spawnSync(command, [...args, "build", "-color=false", ...flags, "template.json"], {
      cwd: folder,
      env,
    });
    return { folder, status: result.status, output: text(result) };
  };
  return { packer: await run("packer", ["packer"]), ours: await run("ours", CLI) };
}

function text({ stdout, stderr }: SpawnSyncReturns<Buffer>): string {
  return `${stdout}${stderr}`
    .replaceAll(/\d+ (millisecond|microsecond|second)s?/g, "N $1")
    .replaceAll(/(N \w+ ?)+/g, "SOME TIME")
    .replaceAll(/^\d+,/gm, "TIME,");
}

async function fileOf({ folder }: Outcome, name: string): Promise<Buffer> {
  return readFile(join(folder, name));
}

function output(command: string, ...args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync(command, args, { maxBuffer: 64 * 1024 * 1024 });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function builders(content: string): unknown[] {
  return [{ type: "file", name: "one", content, target: "out/one.txt" }];
}

const CONTENT = Array.from({ length: 20_000 }, (_, i) => `line ${(i * 7919) % 1000}`).join("\n");

function ready(t: TestContext): boolean {
  return needs(t, "packer", "lz4", "bgzip", "xz", "unzip");
}

describe("differential/post-processors", () => {
  it("archives of every format hold the same, and the same is said about them", async (t) => {
    if (!ready(t)) {
      return;
    }
    const outputs = [
      "a.tar",
      "a.zip",
      "a.gz",
      "a.tar.gz",
      "a.lz4",
      "a.tar.lz4",
      "a.bgzf",
      "a.tar.bgzf",
      "plain",
      "odd.zip.name",
    ];
    const postProcessors = outputs.map((name) => ({
      type: "compress",
      output: `c/${name}`,
      keep_input_artifact: true,
    }));
    const { packer, ours } = await both({
      builders: builders(CONTENT),
      "post-processors": [...postProcessors, "compress"],
    });
    assert.equal(ours.output, packer.output);
    assert.equal(ours.status, 0);
    assert.deepEqual(await readdir(join(ours.folder, "c")), await readdir(join(packer.folder, "c")));
    assert.ok((await fileOf(ours, "c/a.tar")).equals(await fileOf(packer, "c/a.tar")));
    const unpacked = ({ folder }: Outcome): Buffer[] => [
      output("unzip", "-Z1", join(folder, "c/a.zip")),
      output("unzip", "-p", join(folder, "c/a.zip")),
      ...["a.gz", "a.tar.gz", "plain", "odd.zip.name", "../packer_one_file"].map((name) =>
        output("sh", "-c", 'gzip -dc < "$0"', join(folder, "c", name)),
      ),
      ...["a.lz4", "a.tar.lz4"].map((name) => output("lz4", "-dc", join(folder, "c", name))),
      ...["a.bgzf", "a.tar.bgzf"].map((name) => output("bgzip", "-dc", join(folder, "c", name))),
    ];
    const [theirs, own] = [unpacked(packer), unpacked(ours)];
    for (const [index, bytes] of theirs.entries()) {
      assert.ok(own[index]?.equals(bytes), `unpacked ${index}`);
    }
  });

  it("an xz file holds the same", async (t) => {
    if (!ready(t)) {
      return;
    }
    const { packer, ours } = await both({
      builders: builders(CONTENT),
      "post-processors": [{ type: "compress", output: "a.tar.xz" }],
    });
    const [theirs, own] = [packer, ours].map(({ folder }) => output("xz", "-dc", join(folder, "a.tar.xz")));
    assert.ok(theirs !== undefined && own?.equals(theirs));
  });

  it("names of any length and files that are no text stay the same in a tar", async (t) => {
    if (!ready(t)) {
      return;
    }
    const name = `${"größe".repeat(25)}.img`;
    const template = {
      builders: [{ type: "file", content: "x\u0000y", target: name }],
      "post-processors": [{ type: "compress", output: "a.tar" }],
    };
    const { packer, ours } = await both(template);
    assert.ok((await fileOf(ours, "a.tar")).equals(await fileOf(packer, "a.tar")));
  });

  it("checksums, manifests and chosen files are the same", async (t) => {
    if (!ready(t)) {
      return;
    }
    const types = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
    const template = {
      builders: builders("hello"),
      "post-processors": [
        [
          { type: "checksum", checksum_types: types, output: "sums/{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}" },
          {
            type: "manifest",
            output: "m.json",
            custom_data: { b: "<&>\u2028x", a: "é\t\u0001\b\f", "10": "x", "9": "y" },
          },
        ],
        [{ type: "checksum", checksum_types: ["md5", "md5"], output: "twice" }, "manifest"],
        [
          { type: "artifice", files: ["sums/*sha?", "sums/*[0-9]4", "out/../out/*", "none*"] },
          "checksum",
          { type: "manifest", output: "m.json", strip_path: true },
        ],
        [
          { type: "artifice", files: ["none*"] },
          { type: "manifest", output: "m.json", strip_time: true },
        ],
      ],
    };
    const { packer, ours } = await both(template);
    assert.equal(ours.output, packer.output);
    for (const name of [...types.map((type) => `sums/one_file_${type}`), "twice", "packer_one_file_md5.checksum"]) {
      assert.equal(String(await fileOf(ours, name)), String(await fileOf(packer, name)), name);
    }
    const masked = async (outcome: Outcome, name: string): Promise<string> =>
      String(await fileOf(outcome, name))
        .replaceAll(/"build_time": \d+/g, '"build_time": N')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "UUID");
    for (const name of ["m.json", "packer-manifest.json"]) {
      assert.equal(await masked(ours, name), await masked(packer, name));
    }
  });

  it("machines read the same about the artifacts, kept, destroyed and passed on", async (t) => {
    if (!ready(t)) {
      return;
    }
    const template = {
      builders: builders("hello"),
      "post-processors": [
        [
          { type: "compress", output: "a.tar" },
          "checksum",
          { type: "artifice", files: ["a.tar"] },
          { type: "compress", output: "b.zip", keep_input_artifact: false },
        ],
        { type: "checksum", output: "sum", keep_input_artifact: false },
      ],
    };
    const { packer, ours } = await both(template, "-machine-readable");
    assert.equal(ours.output, packer.output);
    assert.deepEqual(await readdir(ours.folder), await readdir(packer.folder));
  });

  it("a post-processor that cannot do its work fails the build alike", async (t) => {
    if (!ready(t)) {
      return;
    }
    const sequences = [
      [
        { type: "artifice", files: ["out/*", "template.json"] },
        { type: "compress", output: "x.gz" },
      ],
      [{ type: "manifest", output: "no/folder/m.json" }],
    ];
    for (const sequence of sequences) {
      const { packer, ours } = await both({ builders: builders("hello"), "post-processors": [sequence] });
      assert.equal(packer.status, 1);
      assert.equal(ours.status, 1);
      const failure = /Post-processor failed: (Can only have 1 input file.*|Unable to write no\/folder\/m\.json)/;
      assert.equal(failure.exec(ours.output)?.[1], failure.exec(packer.output)?.[1]);
      // Unlike Packer, which leaves an empty archive behind.
      assert.deepEqual(
        await readdir(ours.folder),
        (await readdir(packer.folder)).filter((name) => name !== "x.gz"),
      );
    }
  });
});
