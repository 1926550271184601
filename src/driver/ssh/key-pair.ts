// Makes the temporary key pairs that machines are built with.
import { generateKeyPair as generate, type KeyObject } from "node:crypto";
import { failure } from "../../diagnostic/build-error.ts";
import { fromKeyObject } from "./private-key.ts";

export type KeyPairType = "rsa" | "ecdsa" | "ed25519";

/** A fresh key pair. */
export interface KeyPair {
  readonly type: KeyPairType;
  /** In OpenSSH's format. */
  readonly privateKey: string;
  /** One line for `authorized_keys`, ending in a line end as `ssh-keygen` writes it. */
  readonly publicKey: string;
}

const defaultBits: Readonly<Record<KeyPairType, number>> = { rsa: 4096, ecdsa: 521, ed25519: 256 };
const curveOfBits: Readonly<Record<number, string>> = { 256: "P-256", 384: "P-384", 521: "P-521" };

/** Generates a key pair. `bits` says how strong: RSA from 1024, ECDSA 256, 384 or 521; Ed25519 has one size. */
export async function generateKeyPair(
  type: KeyPairType,
  options: { bits?: number | undefined; comment?: string | undefined } = {},
): Promise<KeyPair> {
  const bits = options.bits || defaultBits[type];
  const key = fromKeyObject(await makeKey(type, bits), options.comment);
  if (!("value" in key)) {
    throw new TypeError(key.problem);
  }
  const comment = options.comment === undefined ? "" : ` ${options.comment}`;
  return {
    type,
    privateKey: key.value.openssh,
    publicKey: `${key.value.type} ${key.value.publicBlob.toString("base64")}${comment}\n`,
  };
}

function makeKey(type: KeyPairType, bits: number): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject): void =>
      error ? reject(error) : resolve(privateKey);
    if (type === "ed25519") {
      return generate("ed25519", {}, done);
    }
    if (type === "rsa") {
      if (bits < 1024) {
        throw reportBadBits(type, bits, "at least 1024");
      }
      return generate("rsa", { modulusLength: bits }, done);
    }
    const namedCurve = curveOfBits[bits];
    if (namedCurve === undefined) {
      throw reportBadBits(type, bits, "256, 384 or 521");
    }
    generate("ec", { namedCurve }, done);
  });
}

function reportBadBits(type: KeyPairType, bits: number, allowed: string): Error {
  return failure("template", "communicator/ssh-key", `A temporary ${type} key cannot have ${bits} bits`, {
    hint: `Use ${allowed}.`,
  });
}
