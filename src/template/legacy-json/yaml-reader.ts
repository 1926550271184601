// Reads the JSON template's shape written in YAML, with the same places and the same strictness about keys.
import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";
import type { Diagnostic, SourceRange } from "../../diagnostic/diagnostic.ts";
import { rangeAt, type TextFile } from "../../diagnostic/text-file.ts";
import type { RawEntry, RawPlace, RawValue } from "../raw-value.ts";
import type { JsonResult } from "./json-reader.ts";

/** Reads one YAML 1.2 document. Import this file only when there is YAML to read: the library behind it is large. */
export function readYaml(file: TextFile): JsonResult {
  try {
    return readDocument(file);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) {
      throw thrown;
    }
    const subject = rangeAt(file, 0, 0);
    return {
      diagnostics: [{ code: "json/too-deep", severity: "error", summary: "Values are nested too deep", subject }],
    };
  }
}

function readDocument(file: TextFile): JsonResult {
  const document = parseDocument(file.text, { uniqueKeys: true, prettyErrors: false, stringKeys: true });
  const diagnostics = [
    ...document.errors.map((error) => describeProblem(file, error)),
    ...document.warnings.map((warning) => ({ ...describeProblem(file, warning), severity: "warning" as const })),
  ];
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) {
    return { diagnostics };
  }
  const converter = new Converter(file);
  const value = converter.convert(document.contents)?.value;
  if (converter.problem !== undefined) {
    return { diagnostics: [...diagnostics, converter.problem] };
  }
  if (value === undefined) {
    diagnostics.push({
      code: "json/empty",
      severity: "error",
      summary: "The template is empty",
      subject: rangeAt(file, 0, 0),
    });
  }
  return { value, diagnostics };
}

/** Values that aliases may repeat in one file: a few aliases of aliases are enough to fill any memory. */
const MAX_REPEATED = 100_000;

/** A value and how many values are in it. */
interface Converted {
  readonly value: RawValue;
  readonly size: number;
}

/** Turns what the library made of a text into values. What an alias stands for is converted once. */
class Converter {
  /** Why the conversion was given up. */
  problem: Diagnostic | undefined;
  readonly #file: TextFile;
  /** By their names, the anchors so far; `undefined` while what it names is still being converted. */
  readonly #anchors = new Map<string, Converted | undefined>();
  #repeated = 0;

  constructor(file: TextFile) {
    this.#file = file;
  }

  convert(node: unknown): Converted | undefined {
    if (this.problem !== undefined) {
      return undefined;
    }
    if (isAlias(node)) {
      return this.#repeat(node);
    }
    const anchor = isNode(node) && "anchor" in node ? node.anchor : undefined;
    if (anchor !== undefined) {
      this.#anchors.set(anchor, undefined);
    }
    const converted = this.#convertOwn(node);
    if (anchor !== undefined) {
      this.#anchors.set(anchor, converted);
    }
    return converted;
  }

  #convertOwn(node: unknown): Converted | undefined {
    if (isMap(node)) {
      return this.#convertMap(node);
    }
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => this.convert(item) ?? []);
      const value = { ...findPlace(this.#file, node), is: "list" as const, items: items.map((item) => item.value) };
      return { value, size: countAll(items) };
    }
    return isScalar(node) ? { value: toScalar(this.#file, node), size: 1 } : undefined;
  }

  #convertMap(node: YAMLMap): Converted {
    const found = new Map<string, RawEntry>();
    const merged: RawEntry[] = [];
    let size = 1;
    for (const { key: name, value: written } of node.items) {
      const at = findPlace(this.#file, name);
      const key = isScalar(name) ? String(name.value) : "";
      const converted = this.convert(written);
      const value = converted?.value ?? { is: "null" as const, ...at };
      size += converted?.size ?? 1;
      if (key === "<<" && isScalar(name) && name.type === "PLAIN") {
        merged.push(...this.#merge(value));
      } else {
        found.set(key, { key, keyRange: at.range, value });
      }
    }
    for (const entry of merged) {
      if (!found.has(entry.key)) {
        found.set(entry.key, entry);
      }
    }
    return { value: { ...findPlace(this.#file, node), is: "map", entries: [...found.values()] }, size };
  }

  /** `<<: *name`: what the objects have that is not written here; the first of several wins. */
  #merge(value: RawValue): readonly RawEntry[] {
    const maps = value.is === "list" ? value.items : [value];
    return maps.flatMap((map) => {
      if (map.is === "map") {
        return map.entries;
      }
      this.#giveUp(
        map.range(),
        "<< takes an object or a list of objects",
        "Write <<: *NAME for an object that &NAME marks.",
      );
      return [];
    });
  }

  #repeat(alias: Alias): Converted | undefined {
    const at = findPlace(this.#file, alias).range();
    const converted = this.#anchors.get(alias.source);
    if (converted === undefined) {
      this.#giveUp(at, `The alias *${alias.source} is inside of what it stands for`);
      return undefined;
    }
    this.#repeated += converted.size;
    if (this.#repeated > MAX_REPEATED) {
      this.#giveUp(
        at,
        "The aliases repeat too much",
        `Those of a file may stand for ${MAX_REPEATED.toLocaleString("en")} values together.`,
      );
      return undefined;
    }
    return converted;
  }

  #giveUp(subject: SourceRange | undefined, summary: string, hint?: string): void {
    this.problem ??= { code: "yaml/alias", severity: "error", summary, hint, subject };
  }
}

function countAll(items: readonly Converted[]): number {
  return items.reduce((sum, { size }) => sum + size, 1);
}

function describeProblem(file: TextFile, error: { pos: [number, number]; message: string; code: string }): Diagnostic {
  const duplicate = error.code === "DUPLICATE_KEY";
  const summary = error.message.split("\n")[0] ?? "This is not YAML";
  return {
    code: duplicate ? "json/duplicate-key" : "yaml/syntax",
    severity: "error",
    summary,
    subject: rangeAt(file, error.pos[0], Math.max(error.pos[0], error.pos[1])),
  };
}

interface YamlScalar {
  readonly value: unknown;
  readonly source?: string | undefined;
  readonly type?: string | null | undefined;
  readonly range?: readonly [number, number, number] | null | undefined;
}

function toScalar(file: TextFile, node: YamlScalar): RawValue {
  const at = findPlace(file, node);
  const written = node.source;
  if (typeof node.value === "boolean") {
    return { ...at, is: "bool", value: node.value, written };
  }
  // Infinity and what is not a number are no numbers anywhere else.
  if (typeof node.value === "number" && Number.isFinite(node.value)) {
    return { ...at, is: "number", text: showNumber(node.value, written), written };
  }
  if (node.value === null || node.value === undefined) {
    return { ...at, is: "null" };
  }
  const text = typeof node.value === "string" ? node.value : (written ?? String(node.value));
  return { ...at, is: "string", text, rangeWithin: rangesWithin(file, node, text) };
}

/** All digits of a whole number, however many there are. */
function showNumber(value: number, written: string | undefined): string {
  return written !== undefined && /^[+-]?\d+$/.test(written)
    ? BigInt(written.replace(/^\+/, "")).toString()
    : String(value);
}

/** Exact where the value stands in the file as it is; the whole scalar for folded and escaped ones. */
function rangesWithin(file: TextFile, node: YamlScalar, text: string): (offset: number, length: number) => SourceRange {
  return (offset, length) => {
    const [start, end] = node.range ?? [0, 0];
    const found = file.text.indexOf(text, start);
    if (found >= 0 && found + text.length <= end) {
      return rangeAt(file, found + offset, found + offset + length);
    }
    return rangeAt(file, start, end);
  };
}

function findPlace(file: TextFile, node: unknown): RawPlace {
  const range = (node as { range?: readonly [number, number, number] | null | undefined } | null)?.range;
  return { range: () => (range ? rangeAt(file, range[0], range[1]) : undefined) };
}
