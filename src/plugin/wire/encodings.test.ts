// What goes over the wire as bytes: specifications, values and exit statuses, against what the SDK of plugins wrote.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { encode } from "@msgpack/msgpack";
import { parseDecimal } from "../../cty/number.ts";
import { listType, mapType, numberType, objectType, setType, stringType } from "../../cty/type.ts";
import {
  listValue,
  mapValue,
  nullValue,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  trueValue,
} from "../../cty/value.ts";
import { readPlain, readType, writeCtyJson, writeType } from "./cty-json.ts";
import { readCtyMsgpack } from "./cty-msgpack.ts";
import { readExitStatus, writeExitStatus } from "./exit-status.ts";
import { readGob } from "./gob/gob.ts";
import { readHandshake } from "./handshake.ts";
import { readGobSpec } from "./spec/gob.ts";
import { readProtobufSpec, writeProtobufSpec } from "./spec/protobuf.ts";

/** The bytes of a specification in a recording: the first field of that name. */
function recordedSpec(name: string): Uint8Array {
  const file = new URL(`../../../test/plugins/recordings/${name}.json`, import.meta.url);
  const pieces = JSON.parse(readFileSync(file, "utf8")) as readonly (readonly [string, string])[];
  // Without the twelve bytes of each frame's header.
  const sent = pieces.filter(([from]) => from === "plugin").map(([, hex]) => Buffer.from(hex, "hex"));
  const bytes = joinPayloads(Buffer.concat(sent));
  const at = bytes.indexOf("\xaaConfigSpec", "latin1") + 1 + "ConfigSpec".length;
  assert.equal(bytes[at], 0xc5);
  const length = bytes.readUInt16BE(at + 1);
  return bytes.subarray(at + 3, at + 3 + length);
}

function joinPayloads(frames: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = 0; at < frames.length; ) {
    const length = frames[at + 1] === 0 ? frames.readUInt32BE(at + 8) : 0;
    payloads.push(frames.subarray(at + 12, at + 12 + length));
    at += 12 + length;
  }
  return Buffer.concat(payloads);
}

describe("a specification", () => {
  it("reads alike from both encodings of one plugin", () => {
    const protobuf = readProtobufSpec(recordedSpec("builder-protobuf"));
    assert.deepEqual(readGobSpec(recordedSpec("builder-gob")), protobuf);
    assert.deepEqual(protobuf.get("folder"), { is: "argument", type: stringType, required: true });
    assert.deepEqual(protobuf.get("count"), { is: "argument", type: numberType, required: false });
    assert.deepEqual(protobuf.get("names"), { is: "argument", type: listType(stringType), required: false });
    assert.deepEqual(protobuf.get("tags"), { is: "argument", type: mapType(stringType), required: false });
    const disk = protobuf.get("disk");
    assert.ok(disk?.is === "blocks");
    assert.deepEqual([...disk.nested.keys()], ["name", "size"]);
  });

  it("is written as it was read", () => {
    const spec = readProtobufSpec(recordedSpec("builder-protobuf"));
    assert.deepEqual(readProtobufSpec(writeProtobufSpec(spec)), spec);
  });

  for (const encoding of ["protobuf", "gob"] as const) {
    it(`that is cut off anywhere is refused, not half believed (${encoding})`, () => {
      const bytes = recordedSpec(`builder-${encoding}`);
      const read = encoding === "gob" ? readGobSpec : readProtobufSpec;
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => read(bytes.subarray(0, length)), /./, `of ${length} bytes`);
      }
    });
  }
});

describe("a value", () => {
  const value = objectValue([
    ["text", stringValue('a "quote" and\nmore')],
    ["exact", numberValue(parseDecimal("12345678901234567890.25") ?? 0)],
    ["truth", trueValue],
    ["list", listValue(stringType, [stringValue("a"), stringValue("b")])],
    ["set", setValue(numberType, [numberValue(2), numberValue(1)])],
    ["map", mapValue(stringType, [["k", stringValue("v")]])],
    ["nothing", nullValue(listType(objectType([["x", stringType]])))],
  ]);

  it("comes back from JSON with its type", () => {
    const { value: plain, type } = JSON.parse(
      writeCtyJson(value).replace("12345678901234567890.25", '"12345678901234567890.25"'),
    ) as { readonly value: unknown; readonly type: unknown };
    assert.deepEqual(readType(type), value.type);
    assert.deepEqual(readPlain(plain, readType(type)), value);
  });

  it("keeps all digits of a number", () => {
    assert.match(writeCtyJson(value), /"exact":12345678901234567890\.25/);
  });

  it("comes out of MessagePack with the type beside it", () => {
    const type = new TextEncoder().encode(JSON.stringify(["object", { n: "number", s: ["set", "string"] }]));
    const bytes = encode([type, { n: 3, s: ["b", "a"] }]);
    assert.deepEqual(
      readCtyMsgpack(bytes),
      objectValue([
        ["n", numberValue(3)],
        ["s", setValue(stringType, [stringValue("a"), stringValue("b")])],
      ]),
    );
  });

  it("is refused when it does not fit its type", () => {
    assert.throws(() => readPlain("x", listType(stringType)), /where a list was expected/);
    assert.throws(() => readPlain([1], setType(stringType)), /where a string was expected/);
    assert.throws(() => readPlain({}, numberType), /where a string was expected|number/);
    assert.throws(() => readType(["bag", "string"]), /unknown form/);
    assert.deepEqual(writeType(objectType([["a", listType(numberType)]])), ["object", { a: ["list", "number"] }]);
  });
});

describe("an exit status", () => {
  /** As the SDK writes them. */
  const recorded = [
    { status: 0, value: "03ff8000" },
    { status: 3, value: "05ff80010600" },
    { status: 7, value: "05ff80010e00" },
    { status: 300, value: "07ff8001fe025800" },
    { status: 2300218, value: "08ff8001fd46327400" },
    { status: -1, value: "05ff80010100" },
  ];
  const definition = `2b7f0301010f${Buffer.from("CommandFinished").toString("hex")}01ff8000010101 0a${Buffer.from("ExitStatus").toString("hex")}0104000000`;
  for (const { status, value } of recorded) {
    it(`of ${status} is read and written as plugins do`, () => {
      const bytes = Buffer.from(definition.replaceAll(" ", "") + value, "hex");
      assert.equal(readExitStatus(bytes), status);
      assert.deepEqual(Buffer.from(writeExitStatus(status)), bytes);
    });
  }

  it("is read under any number of its type", () => {
    const older = `2cff810301010f${Buffer.from("CommandFinished").toString("hex")}01ff8200010101 0a${Buffer.from("ExitStatus").toString("hex")}0104000000`;
    assert.equal(readExitStatus(Buffer.from(`${older.replaceAll(" ", "")}05ff82010e00`, "hex")), 7);
  });

  it("is none when the stream ended without one, or holds something else", () => {
    assert.equal(readExitStatus(new Uint8Array(0)), undefined);
    assert.equal(readExitStatus(Uint8Array.of(1, 2, 3)), undefined);
  });
});

describe("gob", () => {
  it("refuses what claims to be longer than it is, or never ends", () => {
    for (const hex of ["ff", "f7ffffffffffffffffff", "0a", "03ff80", "05ff7f0301"]) {
      assert.throws(() => readGob(Buffer.from(hex, "hex")), /./, hex);
    }
  });
});

describe("a handshake", () => {
  it("tells where a plugin listens", () => {
    assert.deepEqual(readHandshake("5|0|unix|/tmp/packer-plugin1\r", "p"), { path: "/tmp/packer-plugin1" });
    assert.deepEqual(readHandshake(" 5|0|tcp|127.0.0.1:10000 ", "p"), { host: "127.0.0.1", port: 10000 });
  });

  const wrong = [
    { line: "hello", says: /did not introduce itself/ },
    { line: "4|unix|/x", says: /too old/ },
    { line: "5|1|unix|/x", says: /protocol 5\.1/ },
    { line: "6|0|unix|/x", says: /protocol 6\.0/ },
    { line: "5|0|pigeon|coop", says: /unknown kind/ },
    { line: "5|0|tcp|nowhere", says: /unknown kind/ },
  ];
  for (const { line, says } of wrong) {
    it(`is refused when it is ${line}`, () => {
      assert.throws(() => readHandshake(line, "p v1"), says);
    });
  }
});
