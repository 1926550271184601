// Reads the JSON template's shape written in YAML, with the same places and the same strictness about keys.
import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Diagnostic, SourceRange } from "../../diagnostic/diagnostic.ts";
import { makeRange, type TextFile } from "../../diagnostic/text-file.ts";
import type { RawEntry, RawPlace, RawValue } from "../raw-value.ts";
import type { JsonResult } from "./json-reader.ts";

/** Reads one YAML 1.2 document. Import this file only when there is YAML to read: the library behind it is large. */
export function readYaml(file: TextFile): JsonResult {
  const document = parseDocument(file.text, { uniqueKeys: true, prettyErrors: false, stringKeys: true });
  const diagnostics = [
    ...document.errors.map((error) => describeProblem(file, error)),
    ...document.warnings.map((warning) => ({ ...describeProblem(file, warning), severity: "warning" as const })),
  ];
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) {
    return { diagnostics };
  }
  try {
    const value = convert({ file, document }, document.contents);
    if (value === undefined) {
      diagnostics.push({
        code: "json/empty",
        severity: "error",
        summary: "The template is empty",
        subject: makeRange(file, 0, 0),
      });
    }
    return { value, diagnostics };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) {
      throw thrown;
    }
    return {
      diagnostics: [
        {
          code: "json/too-deep",
          severity: "error",
          summary: "Values are nested too deep",
          subject: makeRange(file, 0, 0),
        },
      ],
    };
  }
}

/** The text and what the library made of it; an alias is resolved in the latter. */
interface YamlText {
  readonly file: TextFile;
  readonly document: Document;
}

function convert(text: YamlText, node: unknown): RawValue | undefined {
  const { file, document } = text;
  if (isAlias(node)) {
    return convert(text, node.resolve(document));
  }
  if (isMap(node)) {
    const entries = node.items.map((pair): RawEntry => {
      const at = findPlace(file, pair.key);
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      return { key, keyRange: at.range, value: convert(text, pair.value) ?? { is: "null", ...at } };
    });
    return { ...findPlace(file, node), is: "map", entries };
  }
  if (isSeq(node)) {
    return { ...findPlace(file, node), is: "list", items: node.items.flatMap((item) => convert(text, item) ?? []) };
  }
  return isScalar(node) ? toScalar(file, node) : undefined;
}

function describeProblem(file: TextFile, error: { pos: [number, number]; message: string; code: string }): Diagnostic {
  const duplicate = error.code === "DUPLICATE_KEY";
  const summary = error.message.split("\n")[0] ?? "This is not YAML";
  return {
    code: duplicate ? "json/duplicate-key" : "yaml/syntax",
    severity: "error",
    summary,
    subject: makeRange(file, error.pos[0], Math.max(error.pos[0], error.pos[1])),
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
  if (typeof node.value === "boolean") {
    return { ...at, is: "bool", value: node.value };
  }
  if (typeof node.value === "number" || typeof node.value === "bigint") {
    return { ...at, is: "number", text: String(node.value) };
  }
  if (node.value === null || node.value === undefined) {
    return { ...at, is: "null" };
  }
  const text = String(node.value);
  return { ...at, is: "string", text, rangeWithin: rangesWithin(file, node, text) };
}

/** Exact where the value stands in the file as it is; the whole scalar for folded and escaped ones. */
function rangesWithin(file: TextFile, node: YamlScalar, text: string): (offset: number, length: number) => SourceRange {
  return (offset, length) => {
    const [start, end] = node.range ?? [0, 0];
    const found = file.text.indexOf(text, start);
    if (found >= 0 && found + text.length <= end) {
      return makeRange(file, found + offset, found + offset + length);
    }
    return makeRange(file, start, end);
  };
}

function findPlace(file: TextFile, node: unknown): RawPlace {
  const range = (node as { range?: readonly [number, number, number] | null | undefined } | null)?.range;
  return { range: () => (range ? makeRange(file, range[0], range[1]) : undefined) };
}
