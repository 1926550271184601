// The text on a machine's screen, as a VGA card keeps it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readText } from "./screen.ts";

/** Memory of a card with text from its beginning on; characters are Latin-1 for bytes. */
function memoryWith(rows: readonly string[], at = 0): Buffer {
  const memory = Buffer.alloc(0x8000);
  for (const [row, text] of rows.entries()) {
    for (const [column, byte] of [...Buffer.from(text, "latin1")].entries()) {
      memory[((at + row) * 80 + column) * 2] = byte;
      memory[((at + row) * 80 + column) * 2 + 1] = 7;
    }
  }
  return memory;
}

describe("driver/qemu/screen", () => {
  it("shows what stands on the screen, without what is empty around it", () => {
    const rows = ["", "  Bad archive mirror ", "", "<Go Back>"];
    assert.deepEqual(readText(memoryWith(rows)), ["  Bad archive mirror", "", "<Go Back>"]);
    assert.deepEqual(readText(memoryWith([])), []);
  });

  it("shows the last screenful of a system that moves on in the card's memory", () => {
    const rows = Array.from({ length: 60 }, (_, index) => `line ${index}`);
    assert.deepEqual(readText(memoryWith(rows, 10)), rows.slice(-25));
  });

  it("puts together what goes on in the next row, so that a secret in it is found", () => {
    const long = `boot: linux password=${"x".repeat(50)}S3cretThatGoesOn`;
    assert.equal(long.length > 80, true);
    assert.deepEqual(readText(memoryWith([long.slice(0, 80), long.slice(80)])), [long]);
  });

  it("draws frames as lines, and passes on nothing that could command a terminal", () => {
    assert.deepEqual(readText(memoryWith(["\xc9\xcd\xbb\x1b[2J"])), ["╔═╗·[2J"]);
  });
});
