// Files and folders as one stream.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BrokenContainer, MAX_CHUNK, pack, type SentEntry, unpack } from "./container.ts";

async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function packed(...entries: readonly SentEntry[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const all = async function* (): AsyncGenerator<SentEntry> {
    yield* entries;
  };
  for await (const chunk of pack(all())) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Unpacks bytes that come in small pieces. */
async function unpacked(stream: Buffer, step = 3): Promise<[string, string | undefined][]> {
  const slices = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < stream.length; at += step) {
      yield stream.subarray(at, at + step);
    }
  };
  const found: [string, string | undefined][] = [];
  for await (const { name, content } of unpack(slices())) {
    let text: string | undefined;
    if (content !== undefined) {
      text = "";
      for await (const chunk of content) {
        text += chunk.toString("latin1");
      }
    }
    found.push([name, text]);
  }
  return found;
}

describe("driver/winrm/transfer/container", () => {
  it("is laid out as the scripts on the machine read it", async () => {
    const stream = await packed({ name: "d" }, { name: "d/ü", content: pieces(Buffer.from("ab")) });
    assert.equal(
      stream.toString("hex"),
      "01" + "01000000" + "64" + "02" + "04000000" + "642fc3bc" + "02000000" + "6162" + "00000000" + "00",
    );
  });

  it("gives back what was put in", async () => {
    const large = Buffer.alloc(MAX_CHUNK + 5, "x");
    const stream = await packed(
      { name: "" },
      { name: "empty", content: pieces() },
      { name: "large", content: pieces(large, Buffer.from("end")) },
    );
    assert.deepEqual(await unpacked(stream, 100_000), [
      ["", undefined],
      ["empty", ""],
      ["large", `${large.toString("latin1")}end`],
    ]);
  });

  it("skips the content that nobody reads", async () => {
    const stream = await packed({ name: "a", content: pieces(Buffer.from("unread")) }, { name: "b" });
    const names: string[] = [];
    for await (const { name } of unpack(pieces(stream) as AsyncIterable<Buffer>)) {
      names.push(name);
    }
    assert.deepEqual(names, ["a", "b"]);
  });

  it("refuses what cannot be a container", async () => {
    const whole = await packed({ name: "a", content: pieces(Buffer.from("text")) });
    for (let length = 0; length < whole.length; length++) {
      await assert.rejects(unpacked(whole.subarray(0, length)), BrokenContainer, String(length));
    }
    for (const hex of ["03", "01ffffff7f", "01ffffffff", "0200000000ffffff7f"]) {
      await assert.rejects(unpacked(Buffer.from(hex, "hex")), BrokenContainer, hex);
    }
  });
});
