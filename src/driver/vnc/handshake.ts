// What VNC client and server say to one another until keys may be sent: version, security, and two greetings.
import type { Writable } from "node:stream";
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import { type ByteReader, EndOfStream } from "../stream/byte-reader.ts";
import { encryptChallenge } from "./vnc-answer.ts";

/** Bytes of a screen's name; a server that says more is none. */
const LONGEST_NAME = 1024 * 1024;
const NONE = 1;
const VNC_PASSWORD = 2;

/** Ways of logging in that a server may ask for, for its reader. */
const securityNames: Readonly<Record<number, string>> = {
  [NONE]: "none",
  [VNC_PASSWORD]: "VNC password",
  5: "RA2",
  6: "RA2ne",
  16: "Tight",
  17: "Ultra",
  18: "TLS",
  19: "VeNCrypt",
  20: "SASL",
  30: "Apple",
};

/** Both ends of a connection, with what a message about it needs. */
interface Conversation {
  readonly reader: ByteReader;
  readonly socket: Writable;
  readonly address: string;
  readonly password: string | undefined;
  /** What the server was to send next. */
  awaiting: string;
}

/** Goes through everything that comes before keys. */
export async function handshake(
  reader: ByteReader,
  socket: Writable,
  address: string,
  password: string | undefined,
): Promise<void> {
  const talk: Conversation = { reader, socket, address, password, awaiting: "its version" };
  try {
    const minor = await agreeOnVersion(talk);
    await logIn(talk, minor);
    await greet(talk);
  } catch (thrown) {
    if (thrown instanceof BuildError) {
      throw thrown;
    }
    const detail = thrown instanceof EndOfStream ? `It should have sent ${talk.awaiting}.` : readMessage(thrown);
    throw failure("network", "vnc/closed", `The VNC server ${address} closed the connection before it was ready`, {
      detail,
      hint: "The virtual machine may have ended, or the server may only take one connection at a time.",
      cause: thrown,
    });
  }
}

/** ProtocolVersion; gives the minor version that both speak: 3, 7 or 8. */
async function agreeOnVersion(talk: Conversation): Promise<number> {
  const beginning = "RFB ";
  let heard = "";
  // Something else may say less than a version and then wait, so each piece is judged as it comes.
  while (heard.length < 12) {
    heard += (await talk.reader.some(12 - heard.length)).toString("latin1");
    if (!heard.startsWith(beginning.slice(0, heard.length))) {
      throw notVnc(talk, heard);
    }
  }
  const [, major, minor] = /^RFB (\d{3})\.(\d{3})\n$/.exec(heard) ?? [];
  if (major === undefined || Number(major) < 3) {
    throw notVnc(talk, heard);
  }
  const spoken = chooseVersion(Number(major), Number(minor));
  talk.socket.write(`RFB 003.00${spoken}\n`);
  return spoken;
}

/** As the protocol has it: what is neither 3.7 nor 3.8 or newer is spoken to as 3.3. */
function chooseVersion(major: number, minor: number): 3 | 7 | 8 {
  if (major > 3 || minor >= 8) {
    return 8;
  }
  return minor === 7 ? 7 : 3;
}

function notVnc(talk: Conversation, heard: string): BuildError {
  return failure("network", "vnc/protocol", `${talk.address} answers, but not as a VNC server`, {
    detail: `It sent: ${JSON.stringify(heard)}`,
    hint: "Something else may listen on that port.",
  });
}

/** Security and, where the version has it, SecurityResult. */
async function logIn(talk: Conversation, minor: number): Promise<void> {
  talk.awaiting = "the ways of logging in";
  const kind = minor === 3 ? await readImposedSecurity(talk) : await chooseSecurity(talk);
  if (kind === VNC_PASSWORD) {
    await answerChallenge(talk);
  }
  if (kind === NONE && minor < 8) {
    return;
  }
  talk.awaiting = "whether the log-in worked";
  const result = await readNumber(talk);
  if (result === 0) {
    return;
  }
  const reason = minor === 8 ? await readReason(talk) : "";
  const summary =
    kind === VNC_PASSWORD
      ? `The VNC server ${talk.address} did not take the password`
      : `The VNC server ${talk.address} did not let us in`;
  throw failure("auth", kind === VNC_PASSWORD ? "vnc/password" : "vnc/refused", summary, {
    detail: reason === "" ? undefined : `It said: ${reason}`,
    hint: result === 2 ? "There were too many attempts: wait a while." : undefined,
  });
}

/** Version 3.3: the server decides. */
async function readImposedSecurity(talk: Conversation): Promise<number> {
  const kind = await readNumber(talk);
  if (kind === 0) {
    throw await explainRefusal(talk);
  }
  return checkSupported(talk, [kind]);
}

/** Versions 3.7 and 3.8: the server offers and the client chooses. */
async function chooseSecurity(talk: Conversation): Promise<number> {
  const [count = 0] = await talk.reader.bytes(1);
  if (count === 0) {
    throw await explainRefusal(talk);
  }
  const kind = checkSupported(talk, [...(await talk.reader.bytes(count))]);
  talk.socket.write(Uint8Array.of(kind));
  return kind;
}

/** The way of logging in to take: the password where there is one and the server takes one. */
function checkSupported(talk: Conversation, offered: readonly number[]): number {
  if (offered.includes(VNC_PASSWORD) && talk.password !== undefined) {
    return VNC_PASSWORD;
  }
  if (offered.includes(NONE)) {
    return NONE;
  }
  if (offered.includes(VNC_PASSWORD)) {
    throw failure("auth", "vnc/password", `The VNC server ${talk.address} wants a password, and there is none`);
  }
  const names = offered.map((kind) => securityNames[kind] ?? `type ${kind}`).join(", ");
  throw failure(
    "auth",
    "vnc/security",
    `The VNC server ${talk.address} wants a way of logging in that is not supported`,
    {
      detail: `It offers: ${names}. Supported are: none, VNC password.`,
    },
  );
}

async function answerChallenge(talk: Conversation): Promise<void> {
  talk.awaiting = "the challenge for the password";
  const challenge = await talk.reader.bytes(16);
  talk.socket.write(await encryptChallenge(challenge, talk.password ?? ""));
}

/** ClientInit, shared so that others may watch; ServerInit, of which nothing is needed. */
async function greet(talk: Conversation): Promise<void> {
  talk.socket.write(Uint8Array.of(1));
  talk.awaiting = "the size of its screen";
  await talk.reader.bytes(20);
  const length = await readNumber(talk);
  if (length > LONGEST_NAME) {
    throw failure("network", "vnc/protocol", `${talk.address} answers, but not as a VNC server`, {
      detail: `It announced a name of ${length} bytes for its screen.`,
    });
  }
  for (let left = length; left > 0; ) {
    left -= (await talk.reader.some(left)).length;
  }
}

async function explainRefusal(talk: Conversation): Promise<BuildError> {
  const reason = await readReason(talk);
  return failure("network", "vnc/refused", `The VNC server ${talk.address} refuses connections`, {
    detail: reason === "" ? undefined : `It said: ${reason}`,
  });
}

/** A reason of the server as one line; what it has said of it when it ends too early. */
async function readReason(talk: Conversation): Promise<string> {
  const said: Buffer[] = [];
  try {
    for (let left = Math.min(await readNumber(talk), 1_000); left > 0; ) {
      const piece = await talk.reader.some(left);
      said.push(piece);
      left -= piece.length;
    }
  } catch (thrown) {
    if (!(thrown instanceof EndOfStream)) {
      throw thrown;
    }
  }
  const text = Buffer.concat(said).toString("utf8");
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
}

async function readNumber(talk: Conversation): Promise<number> {
  return (await talk.reader.bytes(4)).readUInt32BE();
}
