// The words that every provisioner and post-processor of an HCL2 build may use, apart from its own options.

import { convert } from "../../cty/convert.ts";
import { numberText } from "../../cty/number-text.ts";
import { boolType, listType, stringType } from "../../cty/type.ts";
import { asBool, asElements, asNumber, asString, isKnown, isNull, type Value } from "../../cty/value.ts";
import type { Attribute, Expression } from "../../hcl/ast.ts";
import type { Body } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { Span } from "../../hcl/source.ts";
import { parseDuration } from "../../sdk/duration.ts";
import { partWords } from "../part-words.ts";
import type { ProblemList } from "../problem-list.ts";
import { describeRaw, type RawMap } from "../raw-value.ts";
import { rawOfValue } from "./raw-hcl.ts";

export interface PartMeta {
  readonly name?: string | undefined;
  /** Milliseconds. */
  readonly pauseBefore: number;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly only: readonly string[];
  readonly except: readonly string[];
  /** Where the names of builds stand, if there are any. */
  readonly namesRange?: Span | undefined;
  /** Options by the local name of a source. */
  readonly override: ReadonlyMap<string, RawMap>;
  readonly keepInputArtifact?: boolean | undefined;
  readonly continueOnError: boolean;
  /** The body without these words. */
  readonly body: Body;
}

const words = {
  provisioner: ["name", "continue_on_error", ...partWords.provisioner],
  "post-processor": ["name", ...partWords["post-processor"]],
} as const;

/** Takes the words that belong to its kind out of a body. */
export function readMeta(kind: keyof typeof words, body: Body, context: EvalContext, problems: ProblemList): PartMeta {
  const { attributes, remain, diagnostics } = body.partialContent({
    attributes: words[kind].map((name) => ({ name })),
  });
  problems.add(diagnostics);
  const reader = new WordReader(attributes, context, problems);
  const only = reader.names("only");
  const except = reader.names("except");
  if (only.length > 0 && except.length > 0) {
    problems.error(
      "template/only-and-except",
      attributes.get("except")?.range.toRange(),
      "only one of 'only' or 'except' may be specified",
    );
  }
  return {
    name: reader.text("name"),
    keepInputArtifact: reader.flag("keep_input_artifact"),
    pauseBefore: reader.duration("pause_before"),
    timeout: reader.duration("timeout"),
    maxRetries: reader.wholeNumber("max_retries"),
    only,
    except,
    namesRange: (attributes.get("only") ?? attributes.get("except"))?.expression.range,
    override: readOverrides(attributes.get("override")?.expression, context, problems),
    continueOnError: reader.flag("continue_on_error") ?? false,
    body: remain,
  };
}

/** As Packer has it. */
const MAY_BE_NULL = ["only", "except", "keep_input_artifact", "override"];

/** Reads words by their types; what is missing, unknown or wrong reads as if it was not there. */
class WordReader {
  readonly #attributes: ReadonlyMap<string, Attribute>;
  readonly #context: EvalContext;
  readonly #problems: ProblemList;

  constructor(attributes: ReadonlyMap<string, Attribute>, context: EvalContext, problems: ProblemList) {
    this.#attributes = attributes;
    this.#context = context;
    this.#problems = problems;
  }

  text(name: string): string | undefined {
    return this.#read(name, (value, expression) => {
      const converted = convert(value, stringType);
      return converted.ok ? asString(converted.value) : this.#refuse(expression, name, "a string");
    });
  }

  flag(name: string): boolean | undefined {
    return this.#read(name, (value, expression) => {
      const converted = convert(value, boolType);
      return converted.ok ? asBool(converted.value) : this.#refuse(expression, name, "true or false");
    });
  }

  wholeNumber(name: string): number {
    const read = this.#read(
      name,
      (value, expression) => readWhole(value) ?? this.#refuse(expression, name, "a whole number"),
    );
    return read ?? 0;
  }

  names(name: string): readonly string[] {
    const read = this.#read(name, (value, expression) => {
      const converted = convert(value, listType(stringType));
      const items = converted.ok ? asElements(converted.value) : [];
      if (!converted.ok || items.some(isNull)) {
        return this.#refuse(expression, name, "a list of names");
      }
      // What is not known yet can be any name.
      return items.filter(isKnown).map(asString);
    });
    return read ?? [];
  }

  /** Milliseconds. */
  duration(name: string): number {
    const read = this.#read(name, (value, expression) => {
      const parsed =
        value.type.kind === "string" ? parseDuration(asString(value)) : { error: "a duration is written as text" };
      if (typeof parsed === "number") {
        return parsed;
      }
      if (value.type.kind === "string" && asString(value) === "") {
        return 0;
      }
      this.#problems.error("option/duration", expression.range.toRange(), `Failed to parse ${name} duration`, {
        detail: parsed.error,
        hint: 'Write a number with its unit, such as "30s", "5m" or "1h30m".',
      });
      return undefined;
    });
    return read ?? 0;
  }

  #read<T>(name: string, take: (value: Value, expression: Expression) => T | undefined): T | undefined {
    const expression = this.#attributes.get(name)?.expression;
    if (expression === undefined) {
      return undefined;
    }
    const { value, diagnostics } = evaluate(expression, this.#context);
    this.#problems.add(diagnostics);
    if (diagnostics.length > 0 || !isKnown(value)) {
      return undefined;
    }
    if (!isNull(value)) {
      return take(value, expression);
    }
    return MAY_BE_NULL.includes(name) ? undefined : this.#refuse(expression, name, "set or left out; it is null");
  }

  #refuse(expression: Expression, name: string, wanted: string): undefined {
    this.#problems.error("option/wrong-type", expression.range.toRange(), `"${name}" must be ${wanted}`);
  }
}

function readWhole(value: Value): number | undefined {
  const { kind } = value.type;
  if (kind !== "number" && kind !== "string") {
    return undefined;
  }
  const text = kind === "number" ? numberText(asNumber(value)) : asString(value);
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

function readOverrides(
  expression: Expression | undefined,
  context: EvalContext,
  problems: ProblemList,
): ReadonlyMap<string, RawMap> {
  const found = new Map<string, RawMap>();
  if (expression === undefined) {
    return found;
  }
  const { value, diagnostics } = evaluate(expression, context);
  problems.add(diagnostics);
  const raw = rawOfValue(value, expression);
  if (raw.is === "map") {
    for (const entry of raw.entries) {
      if (entry.value.is === "map") {
        found.set(entry.key, entry.value);
      } else if (entry.value.is !== "unknown") {
        problems.error(
          "option/wrong-type",
          entry.value.range() ?? expression.range.toRange(),
          `the override of "${entry.key}" must be an object, but is ${describeRaw(entry.value)}`,
          { hint: `Name the options: ${entry.key} = { … }.` },
        );
      }
    }
  }
  if (raw.is !== "map" && raw.is !== "unknown" && raw.is !== "null") {
    problems.error(
      "option/wrong-type",
      expression.range.toRange(),
      "provisioner's override block must be an HCL object",
    );
  }
  return found;
}
