// Which card a machine has, as QEMU tells it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import { readCardAddress } from "./guest-address.ts";

/** What QEMU says of its network. */
const saying = (text: string) => ({ execute: async () => text, close: () => {} });

describe("builder/qemu/guest-address", () => {
  test("the first card counts, and a machine without any is told with what QEMU said", async () => {
    const cards = "net0: model=virtio,macaddr=52:54:00:AA:BB:CC\nnet1: macaddr=52:54:00:00:00:01\n";
    assert.equal(await readCardAddress(saying(cards)), "52:54:00:aa:bb:cc");
    await rejectsWith(readCardAddress(saying("user.0: index=0")), {
      code: "qemu/guest-address",
      message: /has no network card\nuser\.0: index=0$/,
    });
  });
});
