import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFrames } from "./frames.ts";

function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

describe("driver/docker: frames", () => {
  const bytes = Buffer.concat([frame(1, "out "), frame(2, "err"), frame(1, ""), frame(1, "more")]);

  test("both streams come out whole, wherever the pieces are cut", async () => {
    for (let size = 1; size <= bytes.length; size++) {
      const got = { stdout: "", stderr: "" };
      for await (const { stream, bytes: part } of readFrames(inPieces(bytes, size))) {
        got[stream] += String(Buffer.from(part));
      }
      assert.deepEqual(got, { stdout: "out more", stderr: "err" }, `pieces of ${size}`);
    }
  });

  test("a stream that is cut off gives what came", async () => {
    const got: string[] = [];
    for await (const { bytes: part } of readFrames(inPieces(bytes.subarray(0, 10), 100))) {
      got.push(String(Buffer.from(part)));
    }
    assert.deepEqual(got, ["ou"]);
  });
});
