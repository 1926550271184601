// Reads private keys in every form people keep them in and brings them into OpenSSH's own.
import { createHash, createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { encodeMpint, encodeString, encodeUint32, WireReader } from "./wire.ts";

/** A private key that is ready to sign. */
export interface PrivateKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** In OpenSSH's format, without a passphrase. */
  readonly openssh: string;
  /** The public half in wire format. */
  readonly publicBlob: Buffer;
}

/** What reading gave, or why it did not and what to try. */
export type KeyReading<T> = { readonly value: T } | { readonly problem: string; readonly hint: string };

/** Reads a key in OpenSSH, PEM (PKCS#1, SEC1) or PKCS#8 form. Never throws for what the text holds. */
export function readPrivateKey(text: string): KeyReading<PrivateKey> {
  const { label, block } = findBlock(text);
  if (label === undefined) {
    return notAKey(text);
  }
  if (label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type:.*ENCRYPTED/m.test(text)) {
    return encrypted;
  }
  try {
    if (label === "OPENSSH PRIVATE KEY") {
      return readOpenSsh(block);
    }
    if (label === "DSA PRIVATE KEY") {
      return explainUnsupported("DSA");
    }
    if (!label.endsWith("PRIVATE KEY")) {
      return notAKey(text);
    }
    return fromKeyObject(createPrivateKey(block));
  } catch {
    return {
      problem: `the ${label.toLowerCase()} is damaged`,
      hint: "Check that the file was copied completely, with its first and last line.",
    };
  }
}

/**
 * The key in a text, without what stands before and after it: people paste what a terminal showed, and OpenSSL writes the
 * parameters of a curve before the key.
 */
function findBlock(text: string): { readonly label?: string | undefined; readonly block: string } {
  const begins = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)];
  const begin = begins.find(([, label]) => label?.endsWith("PRIVATE KEY")) ?? begins[0];
  if (begin === undefined) {
    return { block: text };
  }
  const label = begin[1];
  const end = `-----END ${label}-----`;
  const at = text.indexOf(end, begin.index);
  return { label, block: text.slice(begin.index, at < 0 ? undefined : at + end.length) };
}

/** `SHA256:…` as OpenSSH prints it. */
export function fingerprint(publicBlob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(publicBlob).digest("base64").replace(/=+$/, "")}`;
}

const encrypted = {
  problem: "the private key is protected by a passphrase",
  hint: "Take the passphrase off a copy with `ssh-keygen -p -N '' -f COPY`, or load the key into ssh-agent and use agent authentication.",
} as const;

function explainUnsupported(type: string): KeyReading<never> {
  return {
    problem: `${type} keys are not supported`,
    hint: "Make a key that today's servers accept: `ssh-keygen -t ed25519`.",
  };
}

function notAKey(text: string): KeyReading<never> {
  if (text.startsWith("PuTTY-User-Key-File")) {
    return {
      problem: "no key found: this is a PuTTY key (.ppk)",
      hint: "Convert it with `puttygen KEY.ppk -O private-openssh -o KEY`.",
    };
  }
  if (
    /^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]/.test(text) ||
    text.includes("BEGIN PUBLIC KEY") ||
    text.includes("BEGIN SSH2 PUBLIC KEY")
  ) {
    return {
      problem: "no key found: this is a public key",
      hint: "Name the private key: the same file name without `.pub`.",
    };
  }
  return {
    problem: "no key found",
    hint: "The file must hold a private key: a text that starts with `-----BEGIN OPENSSH PRIVATE KEY-----` or the like.",
  };
}

function readOpenSsh(text: string): KeyReading<PrivateKey> {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1] ?? "";
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic) {
    throw new RangeError("not an OpenSSH key");
  }
  const reader = new WireReader(bytes.subarray(magic.length));
  const cipher = reader.text();
  if (cipher !== "none") {
    return encrypted;
  }
  reader.string(); // the name of the key derivation
  reader.string(); // its options
  reader.uint32(); // the number of keys, always one
  const publicBlob = reader.string();
  reader.string();
  const type = new WireReader(publicBlob).text();
  if (!supportedTypes.has(type)) {
    return explainUnsupported(type);
  }
  // What was read here is what is used: the library reads less leniently, and does not say so.
  return { value: { type, openssh: writeOpenSsh(bytes), publicBlob } };
}

const supportedTypes = new Set([
  "ssh-rsa",
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
]);

/** Any key of the crypto library in OpenSSH's form. */
export function fromKeyObject(key: KeyObject, comment = ""): KeyReading<PrivateKey> {
  const kind = key.asymmetricKeyType ?? "unknown";
  if (kind !== "rsa" && kind !== "ec" && kind !== "ed25519") {
    return explainUnsupported(kind.toUpperCase());
  }
  const jwk = key.export({ format: "jwk" });
  const fields = listFields(jwk);
  if (fields === undefined) {
    return explainUnsupported(`${jwk.crv ?? kind} elliptic curve`);
  }
  const { type, publicFields, privateFields } = fields;
  const publicBlob = Buffer.concat([encodeString(type), ...publicFields]);
  const check = Buffer.from("0badcafe", "hex");
  const secret = Buffer.concat([check, check, encodeString(type), ...privateFields, encodeString(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[encodeString("none"), encodeString("none"), encodeString(""), encodeUint32(1), encodeString(publicBlob)],
    encodeString(Buffer.concat([secret, padding])),
  ]);
  return { value: { type, publicBlob, openssh: writeOpenSsh(file) } };
}

function writeOpenSsh(file: Buffer): string {
  const lines = file.toString("base64").replace(/.{1,70}/g, "$&\n");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`;
}

interface KeyFields {
  readonly type: string;
  readonly publicFields: readonly Buffer[];
  readonly privateFields: readonly Buffer[];
}

const curves: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  "P-256": { name: "nistp256", bytes: 32 },
  "P-384": { name: "nistp384", bytes: 48 },
  "P-521": { name: "nistp521", bytes: 66 },
};

function listFields(jwk: JsonWebKey): KeyFields | undefined {
  const part = (name: "n" | "e" | "d" | "p" | "q" | "qi" | "x" | "y"): Buffer =>
    Buffer.from(jwk[name] ?? "", "base64url");
  if (jwk.kty === "RSA") {
    const [n, e] = [encodeMpint(part("n")), encodeMpint(part("e"))];
    return {
      type: "ssh-rsa",
      publicFields: [e, n],
      privateFields: [n, e, ...(["d", "qi", "p", "q"] as const).map((name) => encodeMpint(part(name)))],
    };
  }
  if (jwk.kty === "OKP") {
    const point = encodeString(part("x"));
    return {
      type: "ssh-ed25519",
      publicFields: [point],
      privateFields: [point, encodeString(Buffer.concat([part("d"), part("x")]))],
    };
  }
  const curve = curves[jwk.crv ?? ""];
  if (curve === undefined) {
    return undefined;
  }
  const point = encodeString(
    Buffer.concat([Buffer.from([4]), padTo(curve.bytes, part("x")), padTo(curve.bytes, part("y"))]),
  );
  const publicFields = [encodeString(curve.name), point];
  return { type: `ecdsa-sha2-${curve.name}`, publicFields, privateFields: [...publicFields, encodeMpint(part("d"))] };
}

function padTo(length: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, length - bytes.length)), bytes]);
}
