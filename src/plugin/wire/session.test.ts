// Streams over one connection: what was recorded between Packer and a plugin, and what misbehaving peers send.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { describe, it } from "node:test";
import { connectedPair, looseEnd } from "../../../test/plugins/wire-pair.ts";
import { flags, frameTypes, WINDOW, writeHeader } from "./frame.ts";
import { Session } from "./session.ts";
import type { SessionStream } from "./session-stream.ts";

type Side = "host" | "plugin";

function readRecording(name: string, side: Side): Buffer {
  const file = new URL(`../../../test/plugins/recordings/${name}.json`, import.meta.url);
  const pieces = JSON.parse(readFileSync(file, "utf8")) as readonly (readonly [Side, string])[];
  return Buffer.concat(pieces.filter(([from]) => from === side).map(([, hex]) => Buffer.from(hex, "hex")));
}

/** What the streams held that one side opened, when its bytes come in these pieces. */
function readStreams(from: Side, pieces: readonly Uint8Array[]): Record<number, string> {
  const end = looseEnd();
  const chunks: Record<number, Buffer[]> = {};
  const session = new Session(end, from === "host" ? "server" : "client", (stream) => {
    chunks[stream.id] = [];
    stream.on("data", (chunk: Buffer) => chunks[stream.id]?.push(chunk));
  });
  for (const piece of pieces) {
    end.emit("data", piece);
  }
  for (const stream of session.streams) {
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
      chunks[stream.id]?.push(chunk);
    }
  }
  return Object.fromEntries(Object.entries(chunks).map(([id, all]) => [id, Buffer.concat(all).toString("hex")]));
}

function acceptOne(): { readonly accept: (stream: SessionStream) => void; readonly accepted: Promise<SessionStream> } {
  let accept: (stream: SessionStream) => void = () => {};
  const accepted = new Promise<SessionStream>((resolve) => {
    accept = resolve;
  });
  return { accept: (stream) => accept(stream), accepted };
}

const refuse = () => assert.fail("nobody was to open a stream");

function frame(type: number, frameFlags: number, stream: number, payload: Uint8Array | number): Uint8Array {
  const length = typeof payload === "number" ? payload : payload.length;
  const header = writeHeader({ type, flags: frameFlags, stream, length });
  return typeof payload === "number" ? header : Buffer.concat([header, payload]);
}

describe("a session", () => {
  for (const name of ["builder-protobuf", "builder-gob", "provisioner-protobuf"]) {
    for (const side of ["host", "plugin"] as const) {
      it(`reads what the ${side} sent in ${name}, wherever it is cut in two`, () => {
        const bytes = readRecording(name, side);
        const whole = readStreams(side, [bytes]);
        assert.ok(Object.keys(whole).length > 0);
        for (let at = 1; at < bytes.length; at++) {
          assert.deepEqual(readStreams(side, [bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`);
        }
      });
    }
  }

  it("reads what the host sent byte by byte", () => {
    const bytes = readRecording("builder-protobuf", "host");
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(readStreams("host", single), readStreams("host", [bytes]));
  });

  it("carries more than the window both ways at once, and ends when both have ended", async () => {
    const [left, right] = connectedPair();
    const { accept, accepted } = acceptOne();
    new Session(right, "server", accept);
    const here = new Session(left, "client", refuse).open(Uint8Array.of(1));
    const there = await accepted;
    const up = Buffer.alloc(3 * WINDOW + 7, "u");
    const down = Buffer.alloc(2 * WINDOW + 1, "d");
    here.end(up);
    there.end(down);
    const [got, sent] = await Promise.all([buffer(here), buffer(there)]);
    assert.deepEqual(got, down);
    assert.deepEqual(sent, Buffer.concat([Uint8Array.of(1), up]));
  });

  it("holds a sender back as long as nobody reads, and other streams go on", async () => {
    const [left, right] = connectedPair();
    const accepted: SessionStream[] = [];
    new Session(right, "server", (stream) => accepted.push(stream));
    const client = new Session(left, "client", refuse);
    const slow = client.open(Uint8Array.of(1));
    const quick = client.open(Uint8Array.of(2));
    let isThrough = false;
    slow.write(Buffer.alloc(4 * WINDOW), () => {
      isThrough = true;
    });
    quick.end(Buffer.from("quick"));
    await new Promise((resolve) => setImmediate(resolve));
    const [first, second] = accepted as [SessionStream, SessionStream];
    assert.equal((await buffer(second)).toString(), "\u0002quick");
    assert.equal(isThrough, false);
    slow.end();
    assert.equal((await buffer(first)).length, 4 * WINDOW + 1);
    assert.equal(isThrough, true);
  });

  it("answers every ping with its value", () => {
    const end = looseEnd();
    new Session(end, "client", refuse);
    end.emit("data", frame(frameTypes.ping, flags.syn, 0, 0x01020304));
    assert.deepEqual(Buffer.concat(end.written), Buffer.from(frame(frameTypes.ping, flags.ack, 0, 0x01020304)));
  });

  it("fails what waits on a stream that the other side resets, and nothing else", async () => {
    const end = looseEnd();
    const session = new Session(end, "client", refuse);
    const [one, two] = [session.open(Uint8Array.of(1)), session.open(Uint8Array.of(2))];
    end.emit("data", frame(frameTypes.window, flags.rst, one.id, 0));
    await assert.rejects(buffer(one), /gave the stream up/);
    end.emit("data", frame(frameTypes.data, flags.fin, two.id, Buffer.from("fine")));
    assert.equal((await buffer(two)).toString(), "fine");
  });

  it("fails all streams when the connection ends", async () => {
    const [left, right] = connectedPair();
    const session = new Session(left, "client", refuse);
    const stream = session.open(Uint8Array.of(1));
    right.end();
    await assert.rejects(buffer(stream), /connection was closed/);
    assert.match((await session.ended).message, /connection was closed/);
    assert.throws(() => session.open(Uint8Array.of(1)), /connection was closed/);
  });

  const broken = [
    { what: "another version", bytes: Buffer.from("010000000000000000000000", "hex"), says: /version 1/ },
    { what: "an unknown type", bytes: Buffer.from("000900000000000000000000", "hex"), says: /unknown type 9/ },
    { what: "a stream of our own kind", bytes: frame(frameTypes.window, flags.syn, 3, 0), says: /stream 3 was opened/ },
    { what: "stream 0", bytes: frame(frameTypes.window, flags.syn, 0, 0), says: /stream 0 was opened/ },
    {
      what: "a payload beyond all windows",
      bytes: frame(frameTypes.data, flags.syn, 2, 0xffffffff),
      says: /more than any/,
    },
    { what: "a go-away with a reason", bytes: frame(frameTypes.goAway, 0, 0, 2), says: /code 2/ },
  ];
  for (const { what, bytes, says } of broken) {
    it(`ends the connection, and says why, at ${what}`, async () => {
      const end = looseEnd();
      const session = new Session(end, "client", () => {});
      end.emit("data", bytes);
      assert.match((await session.ended).message, says);
    });
  }

  it("ends the connection of a peer that sends more than it was allowed to", async () => {
    const end = looseEnd();
    const session = new Session(end, "client", () => {});
    end.emit("data", frame(frameTypes.window, flags.syn, 2, 0));
    for (let sent = 0; sent <= WINDOW; sent += WINDOW / 4) {
      end.emit("data", frame(frameTypes.data, 0, 2, Buffer.alloc(WINDOW / 4)));
    }
    assert.match((await session.ended).message, /more than it was allowed/);
  });

  it("survives mutated recordings: every one is read or refused, none hangs or throws", async () => {
    const bytes = readRecording("builder-gob", "plugin");
    let state = 20240607;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state % below;
    };
    for (let round = 0; round < 1_000; round++) {
      const mutated = Buffer.from(bytes);
      for (let change = 0; change <= random(4); change++) {
        mutated[random(mutated.length)] = random(256);
      }
      assert.doesNotThrow(() => readStreams("plugin", [mutated]));
    }
  });
});
