// Talks to an SSH agent (draft-ietf-sshm-ssh-agent): which keys it holds, and its signatures. Certificates included.
import type { Socket } from "node:net";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Network } from "../../host/host.ts";
import { encodeString, encodeUint32, WireReader } from "./wire.ts";

/** A key the agent can sign with. */
export interface AgentIdentity {
  /** A public key or a certificate in wire format. */
  readonly blob: Buffer;
  readonly comment: string;
}

const request = { identities: 11, sign: 13 } as const;
const answer = { identities: 12, signature: 14 } as const;
/** What an RSA key is to sign with; without a flag it is SHA-1. */
const signatureFlags: Readonly<Record<string, number>> = { sha256: 2, sha512: 4 };
const LARGEST_ANSWER = 1024 * 1024;

/** Opens the agent's socket, also for forwarding. */
export async function openAgent(network: Network, path: string, signal?: AbortSignal): Promise<Socket> {
  try {
    return await network.connect({ path }, signal);
  } catch (thrown) {
    signal?.throwIfAborted();
    throw failure("auth", "communicator/ssh-agent", `The SSH agent at ${path} does not answer`, {
      detail: readMessage(thrown),
      hint: "Start one with `eval $(ssh-agent)` and add a key with `ssh-add`, or give a private key file instead.",
      cause: thrown,
    });
  }
}

/** The keys and certificates the agent holds. */
export async function listIdentities(
  network: Network,
  path: string,
  signal?: AbortSignal,
): Promise<readonly AgentIdentity[]> {
  const reader = new WireReader(await ask(network, path, Buffer.from([request.identities]), signal));
  if (reader.byte() !== answer.identities) {
    throw explainRefusal("list its keys");
  }
  const count = reader.uint32();
  const identities: AgentIdentity[] = [];
  for (let i = 0; i < count; i++) {
    identities.push({ blob: reader.string(), comment: reader.text() });
  }
  return identities;
}

/** What an agent is to sign, and with which of its keys or certificates. */
export interface SignRequest {
  readonly blob: Uint8Array;
  readonly data: Uint8Array;
  readonly hash?: string | undefined;
}

/** Has the agent sign; gives the bare signature, without the algorithm's name in front. */
export async function signWithAgent(
  network: Network,
  path: string,
  { blob, data, hash }: SignRequest,
): Promise<Buffer> {
  const flags = signatureFlags[hash ?? ""] ?? 0;
  const message = Buffer.concat([
    Buffer.from([request.sign]),
    encodeString(blob),
    encodeString(data),
    encodeUint32(flags),
  ]);
  const reader = new WireReader(await ask(network, path, message));
  if (reader.byte() !== answer.signature) {
    throw explainRefusal("sign with one of its keys");
  }
  const signature = new WireReader(reader.string());
  signature.string();
  return signature.string();
}

function explainRefusal(what: string): Error {
  return failure("auth", "communicator/ssh-agent", `The SSH agent refused to ${what}`, {
    hint: "The agent may be locked (`ssh-add -X`), or the key may ask for a confirmation that nobody gave.",
  });
}

async function ask(network: Network, path: string, message: Buffer, signal?: AbortSignal): Promise<Buffer> {
  const socket = await openAgent(network, path, signal);
  try {
    socket.write(encodeString(message));
    return await readReply(socket);
  } finally {
    socket.destroy();
  }
}

async function readReply(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.length < 4) {
      continue;
    }
    const length = received.readUInt32BE();
    if (length > LARGEST_ANSWER) {
      break;
    }
    if (received.length >= 4 + length) {
      return received.subarray(4, 4 + length);
    }
  }
  throw explainRefusal("answer");
}
