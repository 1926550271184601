// Reading by count and by line, whatever pieces the bytes come in.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { ByteReader, EndOfStream } from "./byte-reader.ts";

describe("driver/stream byte reader", () => {
  test("lines and counts come out the same for every way the bytes are cut", async () => {
    const text = "first line\n\x00\x01\x02second\nrest";
    for (let size = 1; size <= text.length; size++) {
      const stream = new PassThrough();
      const reader = new ByteReader(stream);
      for (let at = 0; at < text.length; at += size) {
        stream.write(text.slice(at, at + size));
      }
      assert.equal(await reader.line(), "first line");
      assert.deepEqual([...(await reader.bytes(3))], [0, 1, 2]);
      assert.equal(await reader.line(), "second");
      reader.release();
      stream.end();
      assert.equal((await stream.toArray()).join(""), "rest");
    }
  });

  test("an end in the middle is told, and so is a line without one", async () => {
    const cut = new PassThrough();
    const reader = new ByteReader(cut);
    cut.end("ab");
    await assert.rejects(reader.bytes(3), EndOfStream);
    const endless = new PassThrough();
    const other = new ByteReader(endless);
    endless.write(Buffer.alloc(200_000, "x"));
    await assert.rejects(other.line(), /never ends/);
  });

  test("a stream that nobody reads is held back", async () => {
    const stream = new PassThrough({ highWaterMark: 1000 });
    const reader = new ByteReader(stream);
    let written = 0;
    while (written < 10_000_000 && stream.write(Buffer.alloc(1000))) {
      written += 1000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(written < 1_000_000, `${written} bytes were taken`);
    assert.equal((await reader.bytes(500_000)).length, 500_000);
  });
});
