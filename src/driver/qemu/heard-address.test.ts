import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { findHeardAddress } from "./heard-address.ts";

const MAC = "52:54:00:12:34:56";
const OTHER = "52:54:00:ff:ff:ff";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[:\s]/g, ""), "hex");
const ip = (address: string): Buffer => Buffer.from(address.split(".").map(Number));

/** A dump of frames, each behind a prefix of so many bytes. */
function dump(prefix: number, ...frames: readonly Buffer[]): Buffer {
  const packets = frames.flatMap((frame) => {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(prefix + frame.length, 8);
    return [header, Buffer.alloc(prefix), frame];
  });
  return Buffer.concat([hex("d4c3b2a1 02000400 00000000 00000000 a0000000 01000000"), ...packets]);
}

function ethernet(from: string, kind: string, body: Buffer): Buffer {
  return Buffer.concat([hex("ffffffffffff"), hex(from), hex(kind), body]);
}

function ipv4(from: string, protocol: number, body: Buffer = Buffer.alloc(20)): Buffer {
  const header = hex("4500 0000 0000 0000 4000 0000 00000000 ffffffff");
  header[9] = protocol;
  ip(from).copy(header, 12);
  return Buffer.concat([header, body]);
}

/** What a DHCP server answers. */
function offer(to: string, address: string): Buffer {
  const body = Buffer.alloc(8 + 240);
  body.writeUInt16BE(68, 2);
  ip(address).copy(body, 8 + 16);
  hex(to).copy(body, 8 + 28);
  return ipv4("10.0.0.1", 17, body);
}

describe("driver/qemu heard address", () => {
  for (const prefix of [0, 10, 12]) {
    test(`is the one the card was given, behind ${prefix} bytes of its driver's`, () => {
      assert.equal(findHeardAddress(dump(prefix, ethernet(OTHER, "0800", offer(MAC, "10.0.0.7"))), MAC), "10.0.0.7");
    });
  }

  test("is the one the card says it has, when nobody gave it one", () => {
    const arp = Buffer.concat([hex("0001 0800 06 04 0001"), hex(MAC), ip("192.168.1.9"), Buffer.alloc(10)]);
    assert.equal(findHeardAddress(dump(0, ethernet(MAC, "0806", arp)), MAC), "192.168.1.9");
    assert.equal(findHeardAddress(dump(0, ethernet(MAC, "0800", ipv4("192.168.1.8", 6))), MAC), "192.168.1.8");
  });

  test("is the last of several", () => {
    const frames = ["10.0.0.7", "10.0.0.8"].map((address) => ethernet(OTHER, "0800", offer(MAC, address)));
    assert.equal(findHeardAddress(dump(0, ...frames), MAC), "10.0.0.8");
  });

  test("is unknown while others talk, and while the card has none or one of its link alone", () => {
    const frames = [
      ethernet(OTHER, "0800", ipv4("10.0.0.3", 6)),
      ethernet(OTHER, "0800", offer(OTHER, "10.0.0.4")),
      ethernet(MAC, "0800", ipv4("0.0.0.0", 17)),
      ethernet(MAC, "0800", ipv4("169.254.3.4", 17)),
      ethernet(MAC, "86dd", randomBytes(60)),
    ];
    assert.equal(findHeardAddress(dump(0, ...frames), MAC), undefined);
  });

  test("is unknown of a dump that ends anywhere", () => {
    const whole = dump(0, ethernet(OTHER, "0800", offer(MAC, "10.0.0.7")));
    for (let length = 0; length < 24 + 16 + 14 + 28 + 34; length++) {
      assert.equal(findHeardAddress(whole.subarray(0, length), MAC), undefined, `${length} bytes`);
    }
  });
});
