// Sealed bodies: both directions, and everything that may be wrong with one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openSealingSession } from "./ntlm/session.ts";
import { isSealed, openBody, SEALED_TYPE, sealBody } from "./sealed-body.ts";

const KEY = Buffer.alloc(16, 7);
const FLAGS = 0xe2888235;

function sides() {
  return {
    client: openSealingSession(KEY, FLAGS, "client-to-server"),
    server: openSealingSession(KEY, FLAGS, "server-to-client"),
  };
}

describe("driver/winrm/sealed-body", () => {
  it("opens what was sealed, message after message, whatever bytes come out", () => {
    const { client, server } = sides();
    for (const text of ["<a/>", "ü--Encrypted Boundary\r\n", "x".repeat(100_000), ""]) {
      assert.equal(openBody(server, SEALED_TYPE, sealBody(client, text))?.toString(), text);
    }
  });

  it("looks as [MS-WSMV] 2.2.9.1 has it", () => {
    const body = sealBody(sides().client, "<a/>").toString("latin1");
    assert.match(
      body,
      /^--Encrypted Boundary\r\n\tContent-Type: application\/HTTP-SPNEGO-session-encrypted\r\n\tOriginalContent: type=application\/soap\+xml;charset=UTF-8;Length=4\r\n--Encrypted Boundary\r\n\tContent-Type: application\/octet-stream\r\n\u0010\0\0\0/,
    );
    assert.ok(body.endsWith("--Encrypted Boundary--\r\n"));
  });

  it("takes the blanks that some machines write, and a last boundary without dashes", () => {
    const { client, server } = sides();
    const body = sealBody(client, "<a/>")
      .toString("latin1")
      .replaceAll("--Encrypted", "-- Encrypted")
      .replace(/--\r\n$/, "");
    assert.equal(openBody(server, SEALED_TYPE, Buffer.from(body, "latin1"))?.toString(), "<a/>");
  });

  it("joins the parts of a message that came in several", () => {
    const { client, server } = sides();
    const [first, second] = ["<a>", "</a>"].map((part) => sealBody(client, part));
    const joined = Buffer.concat([
      first?.subarray(0, -"--Encrypted Boundary--\r\n".length) ?? Buffer.alloc(0),
      second ?? Buffer.alloc(0),
    ]);
    assert.equal(openBody(server, SEALED_TYPE, joined)?.toString(), "<a></a>");
  });

  it("gives nothing for what is altered, cut short or something else", () => {
    const whole = sealBody(sides().client, "<a>text</a>");
    const altered = Buffer.from(whole);
    altered[altered.length - 30] = (altered[altered.length - 30] ?? 0) ^ 1;
    const wrongLength = Buffer.from(whole.toString("latin1").replace("Length=11", "Length=10"), "latin1");
    const hugeSignature = Buffer.from(whole);
    hugeSignature.writeUInt32LE(0xffffffff, whole.indexOf("octet-stream\r\n") + 14);
    for (const body of [
      altered,
      wrongLength,
      hugeSignature,
      Buffer.alloc(0),
      Buffer.from("--Encrypted Boundary--\r\n"),
      Buffer.from("<a/>"),
    ]) {
      assert.equal(openBody(sides().server, SEALED_TYPE, body), undefined);
    }
    for (let length = 0; length < whole.length - 26; length += 7) {
      assert.equal(openBody(sides().server, SEALED_TYPE, whole.subarray(0, length)), undefined, String(length));
    }
    assert.equal(openBody(sides().server, "multipart/encrypted", whole), undefined, "no boundary");
  });

  it("knows sealed content types", () => {
    assert.ok(isSealed(SEALED_TYPE));
    assert.ok(isSealed('multipart/x-multi-encrypted;boundary="x"'));
    assert.ok(!isSealed("application/soap+xml"));
  });
});
