// Reads a stream of Go's gob encoding without knowing its types beforehand: they come with it.
import { GobBytes, GobError } from "./bytes.ts";

/** A value with what gob says of it; structs and maps become maps. */
export type GobValue =
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | GobInterface
  | readonly GobValue[]
  | ReadonlyMap<string, GobValue>
  | undefined;

/** A value behind a Go interface, with the name under which its type is registered. */
export interface GobInterface {
  readonly name: string;
  readonly value: GobValue;
}

type TypeDefinition =
  | { readonly is: "array" | "slice"; readonly element: number }
  | { readonly is: "map"; readonly key: number; readonly element: number }
  | { readonly is: "struct"; readonly fields: readonly Field[] }
  | { readonly is: "encoded" };

interface Field {
  readonly name: string;
  readonly type: number;
}

/** Ids that every gob stream has from the start. */
const builtIn = { bool: 1, int: 2, uint: 3, float: 4, bytes: 5, string: 6, complex: 7, interface: 8 } as const;

/** Nobody nests deeper; what does is an attack. */
const DEEPEST = 200;

/** The kinds of a type definition in the order of their field. */
const WIRE_TYPES = ["array", "slice", "struct", "map", "encoded", "encoded", "encoded"] as const;

/** Reads the one value of a stream that is there as a whole. Throws `GobError`. */
export function readGob(bytes: Uint8Array): GobValue {
  const stream = new GobStream();
  const values = stream.read(bytes);
  const first = values[0];
  if (values.length !== 1 || first === undefined) {
    throw new GobError(`a stream of ${values.length} values came, and one was expected`);
  }
  return first.value;
}

/** Keeps the types that came, for streams that arrive message by message. */
export class GobStream {
  readonly #types = new Map<number, TypeDefinition>();
  #messages = new GobBytes(new Uint8Array(0));
  #depth = 0;

  /** The values in whole messages; definitions in between are kept. Throws `GobError`. */
  read(bytes: Uint8Array): { readonly value: GobValue }[] {
    this.#messages = new GobBytes(bytes);
    const values: { readonly value: GobValue }[] = [];
    while (!this.#messages.isAtEnd) {
      const message = new GobBytes(this.#messages.readBlob());
      const id = Number(message.readSigned());
      if (id < 0) {
        this.#define(-id, message);
      } else {
        values.push({ value: this.#readTop(id, message) });
      }
    }
    return values;
  }

  /** What is no struct has a zero in front where it stands alone. */
  #readTop(id: number, from: GobBytes): GobValue {
    const definition = this.#types.get(id);
    if (definition?.is !== "struct" && from.readUnsigned() !== 0n) {
      throw new GobError("a value that stands alone has no zero in front");
    }
    return this.#readValue(id, from);
  }

  #readValue(id: number, from: GobBytes): GobValue {
    this.#depth += 1;
    if (this.#depth > DEEPEST) {
      throw new GobError("values are nested too deeply");
    }
    const value = id <= builtIn.interface ? this.#readBuiltIn(id, from) : this.#readDefined(id, from);
    this.#depth -= 1;
    return value;
  }

  #readBuiltIn(id: number, from: GobBytes): GobValue {
    switch (id) {
      case builtIn.bool:
        return from.readUnsigned() !== 0n;
      case builtIn.int:
        return from.readSigned();
      case builtIn.uint:
        return from.readUnsigned();
      case builtIn.float:
        return readFloat(from);
      case builtIn.bytes:
        return from.readBlob();
      case builtIn.string:
        return from.readText();
      case builtIn.interface:
        return this.#readInterface(from);
      default:
        throw new GobError(`type ${id} is not known`);
    }
  }

  #readDefined(id: number, from: GobBytes): GobValue {
    const definition = this.#types.get(id);
    switch (definition?.is) {
      case "encoded":
        return from.readBlob();
      case "struct":
        return this.#readStruct(definition.fields, from);
      case "map":
        return this.#readMap(definition, from);
      case "array":
      case "slice":
        return Array.from({ length: from.readCount() }, () => this.#readValue(definition.element, from));
      default:
        throw new GobError(`type ${id} was not defined`);
    }
  }

  #readStruct(fields: readonly Field[], from: GobBytes): GobValue {
    const struct = new Map<string, GobValue>();
    let at = -1;
    for (let delta = from.readUnsigned(); delta !== 0n; delta = from.readUnsigned()) {
      at += Number(delta);
      const field = fields[at];
      if (field === undefined) {
        throw new GobError(`field ${at} of a struct of ${fields.length} came`);
      }
      struct.set(field.name, this.#readValue(field.type, from));
    }
    return struct;
  }

  #readMap({ key, element }: { readonly key: number; readonly element: number }, from: GobBytes): GobValue {
    const map = new Map<string, GobValue>();
    for (let left = from.readCount(); left > 0; left--) {
      const name = this.#readValue(key, from);
      map.set(String(name), this.#readValue(element, from));
    }
    return map;
  }

  /**
   * Definitions that the value needs may stand between the name of its type and the value: in the same message, each with the
   * length of what comes next behind it, or in messages of their own.
   */
  #readInterface(from: GobBytes): GobValue {
    const name = from.readText();
    if (name === "") {
      return undefined;
    }
    let id = Number(from.readSigned());
    while (id < 0) {
      this.#define(-id, from);
      if (from.isAtEnd) {
        from.goOnIn(this.#messages.readBlob());
      } else {
        from.readUnsigned();
      }
      id = Number(from.readSigned());
    }
    // The length of the value, for whoever wants to pass over it; what is nested in it may go on in another message.
    from.readUnsigned();
    return { name, value: this.#readTop(id, from) };
  }

  /** A definition is a struct itself: which kind of type, then what is to be known of it. */
  #define(id: number, from: GobBytes): void {
    const kind = WIRE_TYPES[Number(from.readUnsigned()) - 1];
    if (kind === undefined) {
      throw new GobError("a definition of an unknown kind came");
    }
    const fields = readDefinition(kind, from);
    if (from.readUnsigned() !== 0n) {
      throw new GobError("a definition has more parts than it may");
    }
    this.#types.set(id, fields);
  }
}

function readDefinition(kind: (typeof WIRE_TYPES)[number], from: GobBytes): TypeDefinition {
  let first = 0;
  let second = 0;
  let fields: Field[] = [];
  let at = 0;
  for (let delta = from.readUnsigned(); delta !== 0n; delta = from.readUnsigned()) {
    at += Number(delta);
    if (at === 1) {
      readCommon(from);
    } else if (kind === "struct" && at === 2) {
      fields = Array.from({ length: from.readCount() }, () => readDefinedField(from));
    } else if (at === 2) {
      first = Number(from.readSigned());
    } else {
      second = Number(from.readSigned());
    }
  }
  switch (kind) {
    case "struct":
      return { is: "struct", fields };
    case "map":
      return { is: "map", key: first, element: second };
    case "encoded":
      return { is: "encoded" };
    default:
      return { is: kind, element: first };
  }
}

/** The name and the id, which are of no use here: the message says the id as well. */
function readCommon(from: GobBytes): void {
  let at = 0;
  for (let delta = from.readUnsigned(); delta !== 0n; delta = from.readUnsigned()) {
    at += Number(delta);
    if (at === 1) {
      from.readText();
    } else {
      from.readSigned();
    }
  }
}

function readDefinedField(from: GobBytes): Field {
  let name = "";
  let type = 0;
  let at = 0;
  for (let delta = from.readUnsigned(); delta !== 0n; delta = from.readUnsigned()) {
    at += Number(delta);
    if (at === 1) {
      name = from.readText();
    } else {
      type = Number(from.readSigned());
    }
  }
  return { name, type };
}

/** The bytes of a double, turned round so that short numbers stay short. */
function readFloat(from: GobBytes): number {
  const bits = from.readUnsigned();
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits, true);
  return view.getFloat64(0);
}
