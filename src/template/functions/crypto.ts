// Functions that hash, decrypt and make identifiers. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/crypto/sha256 and its neighbours
import type { KeyObject } from "node:crypto";
import { stringType } from "../../cty/type.ts";
import { stringValue } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { bcryptHash } from "./bcrypt.ts";
import { base64Bytes } from "./encodings.ts";
import { nodeCrypto } from "./node-parts.ts";
import { type FunctionDefinition, number, text } from "./signature.ts";
import { textArgument } from "./strings.ts";
import { wholeArgument } from "./whole-number.ts";

const defaultCost = 10;
const lowestCost = 4;
const highestCost = 31;
const longestPassword = 72;

/** All of them. */
export const cryptoFunctions: readonly FunctionDefinition[] = [
  {
    name: "bcrypt",
    description:
      "A hash of a password that is slow to try out, with a new salt each time. The cost is 10 unless another one up to 31 is given.",
    parameters: [text("str")],
    variadic: number("cost"),
    returns: stringType,
    // It is made to be slow.
    cost: (args) => countRounds(args.length < 2 ? defaultCost : wholeArgument(args, 1)),
    bind: (world) => (args) => {
      if (args.length > 2) {
        throw new FunctionError("no more than a text and a cost are expected", 2);
      }
      const given = args.length < 2 ? defaultCost : wholeArgument(args, 1);
      if (given > highestCost) {
        throw new FunctionError(`the cost must not be higher than ${highestCost}`, 1);
      }
      const password = Buffer.from(textArgument(args, 0), "utf8");
      if (password.length > longestPassword) {
        throw new FunctionError(
          `no more than ${longestPassword} bytes can be hashed, and this has ${password.length}`,
          0,
        );
      }
      // As Packer 1.6.6: a cost that is too low is taken for the usual one.
      return stringValue(bcryptHash(password, world.host.random.bytes(16), given < lowestCost ? defaultCost : given));
    },
  },
  defineHash("md5", "MD5"),
  defineHash("sha1", "SHA-1"),
  defineHash("sha256", "SHA-256"),
  defineHash("sha512", "SHA-512"),
  {
    name: "rsadecrypt",
    description:
      "What was encrypted with RSA and the padding of PKCS #1 v1.5, from Base64 and a private key in PEM without a password.",
    parameters: [text("ciphertext"), text("privatekey")],
    returns: stringType,
    call: (args) => stringValue(decrypt(base64Bytes(textArgument(args, 0), 0), privateKey(textArgument(args, 1)))),
  },
  {
    name: "uuidv4",
    description: "A new random UUID.",
    parameters: [],
    returns: stringType,
    bind: (world) => () => stringValue(world.host.random.uuid()),
  },
  {
    name: "uuidv5",
    description: "The UUID of a name. The namespace is `dns`, `url`, `oid`, `x500` or a UUID.",
    parameters: [text("namespace"), text("name")],
    returns: stringType,
    call: (args) => stringValue(nameUuid(textArgument(args, 0), textArgument(args, 1))),
  },
];

function defineHash(name: string, called: string): PlainFunction {
  const call: PlainFunction["call"] = (args) =>
    stringValue(nodeCrypto().createHash(name).update(textArgument(args, 0), "utf8").digest("hex"));
  return {
    name,
    description: `The ${called} hash of the text's UTF-8 bytes, in hexadecimal.`,
    parameters: [text("str")],
    returns: stringType,
    call,
  };
}

function privateKey(pem: string): KeyObject {
  if (!/-----BEGIN [A-Z ]*-----/.test(pem)) {
    throw new FunctionError("there is no private key in PEM in this text", 1);
  }
  if (/^Proc-Type:.*ENCRYPTED|BEGIN ENCRYPTED/m.test(pem)) {
    throw new FunctionError("the key is protected by a password; decrypt it first", 1);
  }
  try {
    const key = nodeCrypto().createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") {
      return key;
    }
  } catch {
    throw new FunctionError(
      "the private key cannot be read; one in PEM that begins with BEGIN RSA PRIVATE KEY is expected",
      1,
    );
  }
  throw new FunctionError("the private key is not one of RSA", 1);
}

function decrypt(encrypted: Buffer, key: KeyObject): string {
  const size = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  // Node refuses this padding or, since OpenSSL 3.2, answers noise for a wrong one, so that it is taken off here.
  const block = encrypted.length === size ? rawDecrypt(encrypted, key) : undefined;
  const end = block?.indexOf(0, 2) ?? -1;
  if (block === undefined || block[0] !== 0 || block[1] !== 2 || end < 10) {
    throw new FunctionError("this was not encrypted for the given key", 0);
  }
  return block.subarray(end + 1).toString("utf8");
}

function rawDecrypt(encrypted: Buffer, key: KeyObject): Buffer | undefined {
  try {
    const { constants, privateDecrypt } = nodeCrypto();
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
  } catch {
    return undefined;
  }
}

const namespaces: Readonly<Record<string, string>> = {
  dns: "6ba7b8109dad11d180b400c04fd430c8",
  url: "6ba7b8119dad11d180b400c04fd430c8",
  oid: "6ba7b8129dad11d180b400c04fd430c8",
  x500: "6ba7b8149dad11d180b400c04fd430c8",
};

const uuidForms =
  /^(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$|^([0-9a-f]{32})$/i;

function nameUuid(namespace: string, name: string): string {
  const inside = /^\{(.{36})\}$/.exec(namespace)?.[1] ?? namespace;
  const space = Object.hasOwn(namespaces, namespace)
    ? namespaces[namespace]
    : uuidForms.exec(inside)?.slice(1).join("");
  if (space === undefined) {
    throw new FunctionError(`${JSON.stringify(namespace)} is neither dns, url, oid or x500 nor a UUID`, 0);
  }
  const digest = nodeCrypto().createHash("sha1").update(Buffer.from(space, "hex")).update(name, "utf8").digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/** What a hash costs; a cost that is not allowed costs nothing. */
function countRounds(cost: number): number {
  return cost > highestCost ? 0 : 200 * 2 ** cost;
}
