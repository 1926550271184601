// What a template can work on: Go's values, held in plain JavaScript ones.

/**
 * A value inside a template. A whole `number` and a `bigint` are Go's `int`; a `number` with a fraction is `float64`
 * (`GoFloat` holds a float that happens to be whole). `undefined` is what a missing map key gives, `null` is nil.
 * A plain object is a map, whose missing keys are allowed; a `TemplateStruct` is a struct, whose missing fields are not.
 */
export type TemplateValue =
  | null
  | undefined
  | string
  | boolean
  | number
  | bigint
  | GoFloat
  | TemplateCallable
  | readonly TemplateValue[]
  | TemplateStruct
  | TemplateRecord;

/** A map with text keys. Asking for a key it lacks prints `<no value>`. */
export interface TemplateRecord {
  readonly [key: string]: TemplateValue;
}

/** A function among the data, for `{{call}}`. */
export type TemplateCallable = (...args: readonly TemplateValue[]) => TemplateValue;

/** A float whose value is a whole number, such as the literal `1.0`. */
export class GoFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Data with a fixed set of fields. Asking for another field is an error that names those there are. */
export class TemplateStruct {
  readonly fields: TemplateRecord;
  /** Shown by `%T` and `%#v`. */
  readonly typeName: string;

  constructor(fields: TemplateRecord, typeName = "struct") {
    this.fields = fields;
    this.typeName = typeName;
  }
}

/** What a template function accepts at one place. */
export type ParameterKind = "any" | "string" | "int";

/** A function that templates can call by name. */
export interface TemplateFunction {
  readonly name: string;
  readonly minArgs: number;
  /** `Infinity` where any number may follow. */
  readonly maxArgs: number;
  readonly description: string;
  /** Types of the arguments in order, the last one for all that follow; without it anything is accepted. */
  readonly parameters?: readonly ParameterKind[] | undefined;
  /** May throw `TemplateFailure`, or a plain `Error` whose message becomes the problem's. */
  call(args: readonly TemplateValue[]): TemplateValue;
}

/** The families of values that templates tell apart. `none` is the value of a missing key. */
export type Kind = "none" | "nil" | "string" | "bool" | "int" | "float" | "list" | "map" | "struct" | "func";

/** Which family a value belongs to. */
export function findKind(value: TemplateValue): Kind {
  switch (typeof value) {
    case "undefined":
      return "none";
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return Number.isInteger(value) && !Object.is(value, -0) ? "int" : "float";
    case "function":
      return "func";
    default:
      return kindOfObject(value);
  }
}

function kindOfObject(value: TemplateValue): Kind {
  if (value === null) {
    return "nil";
  }
  if (value instanceof GoFloat) {
    return "float";
  }
  if (value instanceof TemplateStruct) {
    return "struct";
  }
  return isList(value) ? "list" : "map";
}

export function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

/** True for a plain object, which templates see as a map. */
export function isRecord(value: TemplateValue): value is TemplateRecord {
  return findKind(value) === "map";
}

/** The number inside a float; `undefined` for anything else. */
export function toFloat(value: TemplateValue): number | undefined {
  if (value instanceof GoFloat) {
    return value.value;
  }
  return typeof value === "number" && findKind(value) === "float" ? value : undefined;
}

/** The number inside an int, exactly; `undefined` for anything else. */
export function toInt(value: TemplateValue): bigint | undefined {
  if (typeof value === "bigint") {
    return value;
  }
  return typeof value === "number" && findKind(value) === "int" ? BigInt(value) : undefined;
}

/** An int in the form functions like to get it: a `number` where that is exact. */
export function intValue(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** A float in the form that keeps it a float. */
export function floatValue(value: number): number | GoFloat {
  return findKind(value) === "float" ? value : new GoFloat(value);
}

/** The value of a map's key, `undefined` when it has none. */
export function getEntry(record: TemplateRecord, key: string): TemplateValue {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** A map's keys in the order in which templates walk through it. */
export function sortKeys(record: TemplateRecord): string[] {
  return Object.keys(record).sort(compareTexts);
}

/** Orders texts by their code points, as comparing their UTF-8 bytes does. */
export function compareTexts(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) {
      return rank(left) - rank(right);
    }
  }
  return a.length - b.length;
}

/** Surrogates stand for code points beyond all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Whether `if` takes its first branch: everything but false, zero, nil, nothing and what is empty. */
export function isTrue(value: TemplateValue): boolean {
  switch (findKind(value)) {
    case "none":
    case "nil":
      return false;
    case "list":
      return (value as readonly TemplateValue[]).length > 0;
    case "map":
      return Object.keys(value as TemplateRecord).length > 0;
    case "float":
      return toFloat(value) !== 0;
    case "struct":
    case "func":
      return true;
    default:
      return Boolean(value);
  }
}

const goTypes: Readonly<Record<Exclude<Kind, "struct">, string>> = {
  none: "<nil>",
  nil: "<nil>",
  string: "string",
  bool: "bool",
  int: "int",
  float: "float64",
  list: "[]interface {}",
  map: "map[string]interface {}",
  func: "func(...interface {}) interface {}",
};

/** The type's name as `%T` prints it. */
export function goTypeName(value: TemplateValue): string {
  const kind = findKind(value);
  return kind === "struct" ? (value as TemplateStruct).typeName : goTypes[kind];
}

const plainNames: Readonly<Record<Kind, string>> = {
  none: "a missing value",
  nil: "nil",
  string: "a string",
  bool: "a boolean",
  int: "a whole number",
  float: "a decimal number",
  list: "a list",
  map: "a map",
  struct: "an object",
  func: "a function",
};

/** The type in the words used in problems. */
export function plainTypeName(value: TemplateValue): string {
  return plainNames[findKind(value)];
}
