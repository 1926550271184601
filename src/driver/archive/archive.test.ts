import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { needs } from "../../../test/needs.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { nodeHost } from "../../host/node.ts";
import { bgzf } from "./bgzf.ts";
import { blocks, mapInOrder } from "./blocks.ts";
import { crc32, withTable } from "./crc32.ts";
import { deflate } from "./deflate.ts";
import { makeArchivedFile, readContent } from "./file-content.ts";
import { gzip } from "./gzip.ts";
import { lz4 } from "./lz4.ts";
import { tar } from "./tar.ts";
import { hashWithXxh32, xxh32 } from "./xxh32.ts";
import { xz } from "./xz.ts";
import { zip } from "./zip.ts";

const EFFORT = { level: -1, cores: 2 };

/** Inputs that find mistakes at block borders and in each way of compressing. */
const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(),
  "one byte": Uint8Array.of(7),
  "a short text": Buffer.from("hello hello hello\n"),
  "noise over several blocks": noise(2_500_000),
  "zeros over several blocks": new Uint8Array(2_500_000),
  "text over several blocks": Buffer.from(
    Array.from({ length: 200_000 }, (_, i) => `line ${(i * 7919) % 1000}\n`).join(""),
  ),
  "noise that comes back after 64 KiB": Buffer.concat([noise(65_536), noise(65_536), noise(65_535), noise(65_535)]),
};

/** Bytes without pattern, the same each time. */
function noise(length: number): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >>> 16;
  });
}

async function* inChunks(bytes: Uint8Array, size = 100_003): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) {
    all.push(chunk);
  }
  return Buffer.concat(all);
}

function pipeThrough(command: string, args: readonly string[], input: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(command, args, { input, maxBuffer: 64 * 1024 * 1024 });
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "archive-test-"));
});
after(() => rm(folder, { recursive: true }));

async function fileWith(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("driver/archive: compressed streams", () => {
  for (const [name, bytes] of Object.entries(SAMPLES)) {
    it(`gzip of ${name} is one member that unpacks to the same`, async () => {
      const packed = await collect(gzip(inChunks(bytes), EFFORT));
      assert.ok(gunzipSync(packed).equals(bytes));
      // One member: the deflate data ends right before the eight bytes at the end of the file.
      assert.ok(inflateRawSync(packed.subarray(10, -8)).equals(bytes));
    });

    it(`bgzip accepts BGZF of ${name}`, async (t) => {
      const packed = await collect(bgzf(inChunks(bytes), EFFORT));
      assert.ok(gunzipSync(packed).equals(bytes));
      if (!needs(t, "bgzip")) {
        return;
      }
      const path = await fileWith("sample.bgzf", packed);
      pipeThrough("bgzip", ["-t", path], Buffer.alloc(0));
      assert.ok(pipeThrough("bgzip", ["-dc", path], Buffer.alloc(0)).equals(bytes));
    });

    for (const level of [-1, 4, 9]) {
      it(`lz4 -t accepts ${name} at level ${level}`, async (t) => {
        if (!needs(t, "lz4")) {
          return;
        }
        const packed = await collect(lz4(inChunks(bytes), level));
        pipeThrough("lz4", ["-t"], packed);
        assert.ok(pipeThrough("lz4", ["-dc"], packed).equals(bytes));
      });
    }

    it(`xz -t accepts ${name}`, async (t) => {
      if (!needs(t, "xz")) {
        return;
      }
      const packed = await collect(xz(inChunks(bytes), EFFORT, nodeHost(), new AbortController().signal));
      assert.ok(pipeThrough("xz", ["-dc"], packed).equals(bytes));
    });
  }

  it("a BGZF file ends with the empty member that tells a complete file", async () => {
    const packed = await collect(bgzf(inChunks(Buffer.from("x")), EFFORT));
    assert.equal(packed.subarray(-28).toString("hex"), "1f8b08040000000000ff0600424302001b0003000000000000000000");
  });

  it("no BGZF member is longer than 64 KiB, even for bytes that do not compress", async () => {
    const packed = await collect(bgzf(inChunks(noise(500_000)), EFFORT));
    let at = 0;
    while (at < packed.length) {
      assert.deepEqual([...packed.subarray(at, at + 4)], [0x1f, 0x8b, 8, 4]);
      at += packed.readUInt16LE(at + 16) + 1;
    }
    assert.equal(at, packed.length);
  });

  it("a higher level makes gzip and lz4 smaller", async () => {
    const text = SAMPLES["text over several blocks"] ?? new Uint8Array();
    const sizes = async (pack: (level: number) => AsyncIterable<Uint8Array>) =>
      (await Promise.all([1, 9].map((level) => collect(pack(level))))).map((packed) => packed.length);
    const [fast = 0, small = 0] = await sizes((level) => gzip(inChunks(text), { level, cores: 2 }));
    assert.ok(small < fast);
    const [fastLz4 = 0, smallLz4 = 0] = await sizes((level) => lz4(inChunks(text), level));
    assert.ok(smallLz4 < fastLz4);
  });

  it("repetitions are found across the borders of gzip's blocks", async () => {
    const once = noise(20_000);
    // Both copies lie around the border at 1 MiB.
    const bytes = Buffer.concat([new Uint8Array(1024 * 1024 - 20_000), once, once]);
    const packed = await collect(gzip(inChunks(bytes), EFFORT));
    assert.ok(packed.length < 25_000, `${packed.length}`);
  });

  it("a source that fails makes the compressed stream fail with the same error", async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield noise(3_000_000);
      throw new Error("the disk is gone");
    };
    const host = nodeHost();
    const streams: Record<string, AsyncIterable<Uint8Array>> = {
      gzip: gzip(broken(), EFFORT),
      bgzf: bgzf(broken(), EFFORT),
      lz4: lz4(broken(), 1),
    };
    if (spawnSync("xz", ["--version"]).status === 0) {
      streams["xz"] = xz(broken(), EFFORT, host, new AbortController().signal);
    }
    for (const stream of Object.values(streams)) {
      await assert.rejects(collect(stream), /the disk is gone/);
    }
  });

  it("without the xz program the error says what to install", async () => {
    const processes = nodeHost({ PATH: "/nonexistent" }).processes;
    const stream = xz(inChunks(noise(10)), EFFORT, { processes }, new AbortController().signal);
    await assert.rejects(collect(stream), (error: { diagnostics?: { code: string; hint: string }[] | undefined }) => {
      assert.equal(error.diagnostics?.[0]?.code, "archive/xz-missing");
      assert.match(error.diagnostics?.[0]?.hint ?? "", /xz-utils/);
      return true;
    });
  });

  it("what xz refuses is told in its own words", async (t) => {
    if (!needs(t, "xz")) {
      return;
    }
    const effort = { level: -1, cores: -1 };
    const stream = xz(inChunks(noise(10)), effort, nodeHost(), new AbortController().signal);
    await rejectsWith(collect(stream), { code: "archive/xz-failed", message: /^xz ended with status 1\n.*-1/ });
  });

  it("xz ends when the run is cancelled", async (t) => {
    if (!needs(t, "xz")) {
      return;
    }
    const cancel = new AbortController();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (let count = 0; ; count++) {
        if (count === 3) {
          cancel.abort(new Error("cancelled"));
        }
        yield noise(100_000);
      }
    };
    await assert.rejects(collect(xz(endless(), EFFORT, nodeHost(), cancel.signal)), /cancelled/);
  });
});

describe("driver/archive: tar", () => {
  it("a header is byte for byte the one that Packer 1.6.6 writes", async () => {
    const path = await fileWith("one.txt", "hello hello hello\n");
    await chmod(path, 0o600);
    const file = await makeArchivedFile(path, "one.txt");
    const packed = await collect(
      tar([{ ...file, stats: Object.assign(Object.create(file.stats), { uid: 0, gid: 0 }) }]),
    );
    assert.equal(packed.length, 2048);
    const header = (at: number, length: number): string => packed.toString("latin1", at, at + length);
    assert.equal(header(0, 8), "one.txt\0");
    assert.equal(header(100, 57), "0000600\x000000000\x000000000\x0000000000022\x0000000000000\x00012261\0 0");
    assert.equal(header(257, 13), "ustar  \0root\0");
    assert.equal(header(329, 16), "0000000\x000000000\0");
  });

  it("the checksum of a header is that of its bytes", async () => {
    const packed = await collect(tar([await makeArchivedFile(await fileWith("sum", "x"), "sum")]));
    const header = Buffer.from(packed.subarray(0, 512));
    const stored = Number.parseInt(header.toString("latin1", 148, 154), 8);
    header.fill(" ", 148, 156);
    assert.equal(
      header.reduce((sum, byte) => sum + byte),
      stored,
    );
  });

  it("GNU tar unpacks names of any length and alphabet with their content and mode", async (t) => {
    if (!needs(t, "tar")) {
      return;
    }
    const names = ["short", "größe-日本", "n".repeat(100), "l".repeat(101), `${"é".repeat(90)}.img`];
    const files = await Promise.all(
      names.map(async (name) => makeArchivedFile(await fileWith(`f${names.indexOf(name)}`, `in ${name}`), name)),
    );
    const packed = await collect(tar(files));
    const out = await mkdtemp(join(folder, "out-"));
    pipeThrough("tar", ["-xf", "-", "-C", out], packed);
    for (const name of names) {
      assert.equal(pipeThrough("cat", [join(out, name)], Buffer.alloc(0)).toString(), `in ${name}`);
    }
    assert.equal((await stat(join(out, "short"))).mtimeMs, 0);
  });

  it("a file of more than 8 GiB keeps its size", async (t) => {
    if (!needs(t, "tar")) {
      return;
    }
    const path = await fileWith("large", "");
    await truncate(path, 9 * 2 ** 30);
    const [header] = [await tar([await makeArchivedFile(path, "large")]).next()];
    // Only the header: tar complains about the missing content after it has listed the entry.
    const listing = spawnSync("tar", ["-tvf", "-"], { input: header.value as Uint8Array }).stdout.toString();
    assert.match(listing, / 9663676416 /);
  });

  it("a folder is refused with a hint", async () => {
    await assert.rejects(
      makeArchivedFile(folder, "folder"),
      (error: { diagnostics?: { code: string }[] | undefined }) =>
        error.diagnostics?.[0]?.code === "archive/not-a-file",
    );
  });

  it("a file that changes while it is read is noticed", async () => {
    const path = await fileWith("growing", "1234567890");
    const file = await makeArchivedFile(path, "growing");
    for (const content of ["12345678901", "123456789"]) {
      await writeFile(path, content);
      await assert.rejects(
        collect(readContent(file)),
        (error: { diagnostics?: { code: string }[] | undefined }) =>
          error.diagnostics?.[0]?.code === "archive/file-changed",
      );
    }
  });
});

describe("driver/archive: zip", () => {
  it("is byte for byte what Packer 1.6.6 writes but for the deflated data", async () => {
    const packed = await collect(
      zip([await makeArchivedFile(await fileWith("z", "hello hello hello\n"), "out/one.txt")], EFFORT),
    );
    const local = `504b0304140008000800${"0".repeat(32)}0b000000${Buffer.from("out/one.txt").toString("hex")}`;
    assert.equal(packed.toString("hex", 0, 41), local);
    const central = packed.toString("hex", packed.length - 22 - 57, packed.length - 22);
    const sizes = /^504b01021400140008000800000000003b7c8adf........120000000b000{32}6f75742f6f6e652e747874$/;
    assert.match(central, sizes);
  });

  it("unzip lists and tests every entry", async (t) => {
    if (!needs(t, "unzip")) {
      return;
    }
    const files = [
      await makeArchivedFile(await fileWith("a", "first"), "dir/a"),
      await makeArchivedFile(await fileWith("b", noise(2_500_000)), "b"),
      await makeArchivedFile(await fileWith("c", ""), "größe"),
    ];
    const path = await fileWith("three.zip", await collect(zip(files, EFFORT)));
    assert.match(pipeThrough("unzip", ["-t", path], Buffer.alloc(0)).toString(), /No errors detected/);
    assert.equal(pipeThrough("unzip", ["-p", path, "dir/a"], Buffer.alloc(0)).toString(), "first");
    assert.ok(pipeThrough("unzip", ["-p", path, "b"], Buffer.alloc(0)).equals(noise(2_500_000)));
  });

  it("an archive of no files is a valid empty one", async () => {
    assert.equal((await collect(zip([], EFFORT))).toString("hex"), "504b0506000000000000000000000000000000000000");
  });
});

describe("driver/archive: parts", () => {
  it("blocks are cut at the same places whatever the chunks are", async () => {
    const bytes = noise(1000);
    for (const size of [1, 64, 99, 100, 101, 1000, 5000]) {
      const cut: number[] = [];
      for await (const block of blocks(inChunks(bytes, size), 300)) {
        cut.push(block.length);
      }
      assert.deepEqual(cut, [300, 300, 300, 100]);
      assert.ok((await collect(blocks(inChunks(bytes, size), 300))).equals(bytes));
    }
  });

  it("results keep the order of the items and no more than the limit run at once", async () => {
    let running = 0;
    let most = 0;
    const items = async function* (): AsyncGenerator<number> {
      for (let item = 0; item < 20; item++) {
        yield item;
      }
    };
    const results: number[] = [];
    for await (const result of mapInOrder(items(), 4, async (item) => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < (item * 7) % 5; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      running--;
      return item;
    })) {
      results.push(result);
    }
    assert.deepEqual(
      results,
      Array.from({ length: 20 }, (_, item) => item),
    );
    assert.ok(most <= 4 && most > 1, `${most}`);
  });

  it("CRC-32 has its published check value, with Node's own and with the table", () => {
    const check = Buffer.from("123456789");
    assert.equal(crc32(check), 0xcbf43926);
    assert.equal(withTable(check, 0), 0xcbf43926);
    assert.equal(withTable(check.subarray(4), withTable(check.subarray(0, 4), 0)), 0xcbf43926);
  });

  it("xxHash32 has its published values and does not care how its input is cut", () => {
    assert.equal(hashWithXxh32(new Uint8Array()), 0x02cc5d05);
    assert.equal(hashWithXxh32(Buffer.from("abc")), 0x32d153ff);
    assert.equal(hashWithXxh32(Buffer.from("Nobody inspects the spammish repetition")), 0xe2293b2f);
    const bytes = noise(1000);
    for (const size of [1, 3, 15, 16, 17, 500]) {
      const hash = xxh32();
      for (let at = 0; at < bytes.length; at += size) {
        hash.update(bytes.subarray(at, at + size));
      }
      assert.equal(hash.digest(), hashWithXxh32(bytes));
    }
  });

  it("deflate tells checksum and sizes of what went through", async () => {
    const stream = deflate(inChunks(Buffer.from("123456789")), EFFORT);
    let length = 0;
    for (;;) {
      const next = await stream.next();
      if (next.done) {
        assert.deepEqual(next.value, { crc: 0xcbf43926, size: 9, compressedSize: length });
        return;
      }
      length += next.value.length;
    }
  });
});
