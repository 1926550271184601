// A specification in Protocol Buffers, which plugins with SDK 0.6 and newer speak.
import { boolType, isCollection, listType, mapType, numberType, stringType, type Type } from "../../../cty/type.ts";
import { type ConfigSpec, makeSpec, SpecError, type SpecPart } from "./spec.ts";

/** The fields of a message that hold bytes (messages, texts), by their number. */
type Fields = ReadonlyMap<number, readonly Uint8Array[]>;

interface Message {
  readonly bytes: Fields;
  readonly numbers: ReadonlyMap<number, number>;
}

const DEEPEST = 100;

/** The numbers of the fields; a message without a line here is of no interest. */
const fields = {
  spec: { object: 1, argument: 2, block: 3, blocks: 4 },
  object: { attributes: 1 },
  entry: { key: 1, value: 2 },
  argument: { name: 1, type: 2, required: 3 },
  block: { name: 1, required: 2, nested: 3 },
  blocks: { name: 1, nested: 2 },
  type: { primitive: 1, list: 2, map: 3 },
  primitive: { name: 1 },
  collection: { element: 1 },
} as const;

const primitives: Readonly<Record<string, Type>> = {
  "cty.String": stringType,
  "cty.Number": numberType,
  "cty.Bool": boolType,
};

/** Reads what a plugin answered. Throws `SpecError`. */
export function readProtobufSpec(bytes: Uint8Array): ConfigSpec {
  return readLevel(bytes, 0);
}

/** The bytes that a host of plugins reads. */
export function writeProtobufSpec(spec: ConfigSpec): Uint8Array {
  return field(fields.spec.object, writeObject(spec));
}

function readLevel(bytes: Uint8Array, depth: number): ConfigSpec {
  if (depth > DEEPEST) {
    throw new SpecError("blocks are nested too deeply");
  }
  const object = readMessage(bytes).bytes.get(fields.spec.object)?.[0];
  if (object === undefined) {
    throw new SpecError("a specification that is no object came");
  }
  const entries = readMessage(object).bytes.get(fields.object.attributes) ?? [];
  return makeSpec(
    entries.map((entry) => {
      const { bytes: parts } = readMessage(entry);
      return readPart(text(parts, fields.entry.key), only(parts, fields.entry.value), depth);
    }),
  );
}

function readPart(key: string, bytes: Uint8Array, depth: number): readonly [string, SpecPart] {
  const part = readMessage(bytes).bytes;
  const argument = part.get(fields.spec.argument)?.[0];
  if (argument !== undefined) {
    const { bytes: held, numbers } = readMessage(argument);
    const type = readType(only(held, fields.argument.type), 0);
    return [text(held, fields.argument.name, key), { is: "argument", type, required: numbers.get(3) === 1 }];
  }
  const block = part.get(fields.spec.block)?.[0];
  if (block !== undefined) {
    const { bytes: held, numbers } = readMessage(block);
    const nested = readLevel(only(held, fields.block.nested), depth + 1);
    return [text(held, fields.block.name, key), { is: "block", nested, required: numbers.get(2) === 1 }];
  }
  const { bytes: held } = readMessage(only(part, fields.spec.blocks));
  const nested = readLevel(only(held, fields.blocks.nested), depth + 1);
  return [text(held, fields.blocks.name, key), { is: "blocks", nested }];
}

function readType(bytes: Uint8Array, depth: number): Type {
  if (depth > DEEPEST) {
    throw new SpecError("a type is nested too deeply");
  }
  const { bytes: held } = readMessage(bytes);
  const list = held.get(fields.type.list)?.[0];
  if (list !== undefined) {
    return listType(readType(only(readMessage(list).bytes, fields.collection.element), depth + 1));
  }
  const map = held.get(fields.type.map)?.[0];
  if (map !== undefined) {
    return mapType(readType(only(readMessage(map).bytes, fields.collection.element), depth + 1));
  }
  const name = text(readMessage(only(held, fields.type.primitive)).bytes, fields.primitive.name);
  const type = Object.hasOwn(primitives, name) ? primitives[name] : undefined;
  if (type === undefined) {
    throw new SpecError(`the type "${name}" is not known`);
  }
  return type;
}

function only(held: Fields, number: number): Uint8Array {
  const bytes = held.get(number)?.at(-1);
  if (bytes === undefined) {
    throw new SpecError(`a part without its field ${number} came`);
  }
  return bytes;
}

function text(held: Fields, number: number, otherwise = ""): string {
  const bytes = held.get(number)?.at(-1);
  return bytes === undefined ? otherwise : new TextDecoder().decode(bytes);
}

function readMessage(from: Uint8Array): Message {
  const bytes = new Map<number, Uint8Array[]>();
  const numbers = new Map<number, number>();
  let at = 0;
  const readVarint = (): number => {
    let n = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = from[at];
      if (byte === undefined || shift > 2 ** 49) {
        throw new SpecError("the message ends too early or holds a number that is too long");
      }
      at += 1;
      n += (byte & 127) * shift;
      if (byte < 128) {
        return n;
      }
    }
  };
  while (at < from.length) {
    const tag = readVarint();
    const number = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === 0) {
      numbers.set(number, readVarint());
      continue;
    }
    const length = kind === 2 ? readVarint() : { 1: 8, 5: 4 }[kind];
    if (length === undefined || length > from.length - at) {
      throw new SpecError("the message ends too early or holds a field of an unknown kind");
    }
    if (kind === 2) {
      bytes.set(number, [...(bytes.get(number) ?? []), from.subarray(at, at + length)]);
    }
    at += length;
  }
  return { bytes, numbers };
}

function writeObject(spec: ConfigSpec): Uint8Array {
  const entries = [...spec].map(([name, part]) =>
    field(
      fields.object.attributes,
      concat([field(fields.entry.key, encodeText(name)), field(fields.entry.value, writePart(name, part))]),
    ),
  );
  return concat(entries);
}

function writePart(name: string, part: SpecPart): Uint8Array {
  const called = field(1, encodeText(name));
  if (part.is === "argument") {
    const { argument } = fields;
    const type = field(argument.type, writeType(part.type));
    return field(fields.spec.argument, concat([called, type, truth(argument.required, part.required)]));
  }
  const nested = field(fields.spec.object, writeObject(part.nested));
  if (part.is === "block") {
    const { block } = fields;
    return field(
      fields.spec.block,
      concat([called, truth(block.required, part.required), field(block.nested, nested)]),
    );
  }
  return field(fields.spec.blocks, concat([called, field(fields.blocks.nested, nested)]));
}

function writeType(type: Type): Uint8Array {
  if (isCollection(type)) {
    const number = type.kind === "map" ? fields.type.map : fields.type.list;
    return field(number, field(fields.collection.element, writeType(type.element)));
  }
  const name = Object.entries(primitives).find(([, one]) => one.kind === type.kind)?.[0];
  if (name === undefined) {
    throw new SpecError(`the type ${type.kind} has no form in this encoding`);
  }
  return field(fields.type.primitive, field(fields.primitive.name, encodeText(name)));
}

function encodeText(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function field(number: number, content: Uint8Array): Uint8Array {
  return concat([writeVarint(number * 8 + 2), writeVarint(content.length), content]);
}

/** False is what a missing field means. */
function truth(number: number, value: boolean): Uint8Array {
  return value ? Uint8Array.of(number * 8, 1) : new Uint8Array(0);
}

function writeVarint(n: number): Uint8Array {
  const bytes: number[] = [];
  let rest = n;
  for (; rest > 127; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
