// Functions that turn values into text and back. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/encoding/jsonencode and its neighbours
import { dynamicType, stringType } from "../../cty/type.ts";
import { dynamicValue, stringValue, type Value } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { jsonLiteral } from "../../hcl/json-literal.ts";
import { parseJsonText } from "../../hcl/json-parser.ts";
import { Source } from "../../hcl/source.ts";
import { csvTable } from "./csv.ts";
import { jsonText } from "./json-text.ts";
import { nodeZlib } from "./node-parts.ts";
import { anything, argument, text } from "./signature.ts";
import { textArgument, toBoundedText } from "./strings.ts";
import { decodeText, encodeText } from "./text-encoding.ts";

/** All of them but those for YAML. */
export const encodingFunctions: readonly PlainFunction[] = [
  defineForText("base64encode", "The UTF-8 bytes of the text in Base64.", "str", (s) =>
    Buffer.from(s, "utf8").toString("base64"),
  ),
  defineForText("base64decode", "The text whose UTF-8 bytes are given in Base64.", "str", (s) =>
    utf8(base64Bytes(s, 0), 0),
  ),
  defineForText("base64gzip", "The UTF-8 bytes of the text, compressed by gzip, in Base64.", "str", (s) =>
    compress(s).toString("base64"),
  ),
  defineForText("urlencode", "The text as it stands in the query of a URL.", "str", queryEscaped),
  {
    name: "textencodebase64",
    description: "The text in another encoding, such as `UTF-16LE`, in Base64.",
    parameters: [text("string"), text("encoding")],
    returns: stringType,
    call: (args) => toBoundedText(encodeText(textArgument(args, 0), textArgument(args, 1)).toString("base64")),
  },
  {
    name: "textdecodebase64",
    description: "The text whose bytes in another encoding, such as `UTF-16LE`, are given in Base64.",
    parameters: [text("source"), text("encoding")],
    returns: stringType,
    call: (args) => stringValue(decodeText(base64Bytes(textArgument(args, 0), 0), textArgument(args, 1))),
  },
  {
    name: "jsonencode",
    description: "The value as JSON on one line. Keys are in order, and the characters `<`, `>` and `&` are escaped.",
    parameters: [anything("val", { allowNull: true })],
    returns: stringType,
    call: (args) => toBoundedText(jsonText(argument(args, 0))),
  },
  {
    name: "jsondecode",
    description: "The value that a JSON text stands for.",
    parameters: [text("str")],
    returns: ([given]) => (typeof given?.data === "string" ? fromJson(given.data).type : dynamicType),
    call: (args) => fromJson(textArgument(args, 0)),
  },
  {
    name: "csvdecode",
    description: "The rows of a CSV text as objects; the names of their attributes are in its first line.",
    parameters: [text("str")],
    returns: ([given]) => (typeof given?.data === "string" ? csvTable(given.data).type : dynamicType),
    call: (args) => csvTable(textArgument(args, 0)),
  },
];

function defineForText(
  name: string,
  description: string,
  parameter: string,
  work: (s: string) => string,
): PlainFunction {
  return {
    name,
    description,
    parameters: [text(parameter)],
    returns: stringType,
    call: (args) => toBoundedText(work(textArgument(args, 0))),
  };
}

/** Compressed without a word about time and system, so that the same text gives the same bytes everywhere. */
function compress(s: string): Buffer {
  const bytes = nodeZlib().gzipSync(Buffer.from(s, "utf8"));
  const systemByte = 9;
  bytes[systemByte] = 255;
  return bytes;
}

/** Bytes given in Base64, with the `=` that belong at its end; line ends are passed over. */
export function base64Bytes(s: string, position: number): Buffer {
  const digits = s.replace(/[\r\n]/g, "");
  if (digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits)) {
    return Buffer.from(digits, "base64");
  }
  throw new FunctionError(
    "this is not Base64, which has letters, digits, + and /, filled up with = to groups of four",
    position,
  );
}

function utf8(bytes: Uint8Array, position: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FunctionError("the bytes behind this are not UTF-8", position);
  }
}

function queryEscaped(s: string): string {
  const escaped = encodeURIComponent(s.replace(/\p{Surrogate}/gu, "\ufffd"));
  return escaped
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function fromJson(s: string): Value {
  const { node, diagnostics } = parseJsonText(new Source(s, "JSON"));
  const [problem] = diagnostics;
  if (problem === undefined) {
    return node === undefined ? dynamicValue : jsonLiteral(node);
  }
  const at = problem.subject?.start;
  const where = at === undefined ? "" : `line ${at.line}, column ${at.column}: `;
  throw new FunctionError(`this is not JSON: ${where}${problem.detail ?? problem.summary}`, 0);
}
