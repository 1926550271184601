// The words that every provisioner and post-processor of an HCL2 build may use, apart from its own options.

import { numberText } from "../../cty/number-text.ts";
import { asBool, asElements, asNumber, asString, isKnown, isNull, type Value } from "../../cty/value.ts";
import type { Expression } from "../../hcl/ast.ts";
import type { Body } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { Span } from "../../hcl/source.ts";
import { parseDuration } from "../../sdk/duration.ts";
import { partWords } from "../part-words.ts";
import type { ProblemList } from "../problem-list.ts";
import type { RawMap } from "../raw-value.ts";
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
  const read = <T>(name: string, take: (value: Value, expression: Expression) => T | undefined): T | undefined => {
    const expression = attributes.get(name)?.expression;
    if (expression === undefined) {
      return undefined;
    }
    const { value, diagnostics: found } = evaluate(expression, context);
    problems.add(found);
    return found.length > 0 || !isKnown(value) || isNull(value) ? undefined : take(value, expression);
  };
  const wrong = (expression: Expression, name: string, wanted: string): undefined => {
    problems.error("option/wrong-type", expression.range.toRange(), `"${name}" must be ${wanted}`);
  };
  const text = (name: string): string | undefined =>
    read(name, (value, expression) =>
      value.type.kind === "string" ? asString(value) : wrong(expression, name, "a string"),
    );
  const duration = (name: string): number =>
    read(name, (value, expression) => {
      const parsed =
        value.type.kind === "string" ? parseDuration(asString(value)) : { error: "a duration is written as text" };
      if (typeof parsed === "number") {
        return parsed;
      }
      problems.error("option/duration", expression.range.toRange(), `Failed to parse ${name} duration`, {
        detail: parsed.error,
        hint: 'Write a number with its unit, such as "30s", "5m" or "1h30m".',
      });
      return undefined;
    }) ?? 0;
  const names = (name: string): readonly string[] =>
    read(name, (value, expression) => {
      const items = ["list", "tuple", "set"].includes(value.type.kind) ? asElements(value) : [value];
      return items.every((item) => item.type.kind === "string" && isKnown(item))
        ? items.map(asString)
        : wrong(expression, name, "a list of names");
    }) ?? [];
  const only = names("only");
  const except = names("except");
  if (only.length > 0 && except.length > 0) {
    problems.error(
      "template/only-and-except",
      attributes.get("except")?.range.toRange(),
      "only one of 'only' or 'except' may be specified",
    );
  }
  const namesRange = (attributes.get("only") ?? attributes.get("except"))?.expression.range;
  const name = text("name");
  const flag = (name: string): boolean | undefined =>
    read(name, (value, expression) =>
      value.type.kind === "bool" ? asBool(value) : wrong(expression, name, "true or false"),
    );
  const keep = flag("keep_input_artifact");
  return {
    name,
    pauseBefore: duration("pause_before"),
    timeout: duration("timeout"),
    maxRetries:
      read(
        "max_retries",
        (value, expression) => wholeNumber(value) ?? wrong(expression, "max_retries", "a whole number"),
      ) ?? 0,
    only,
    except,
    namesRange,
    override: readOverrides(attributes.get("override")?.expression, context, problems),
    keepInputArtifact: keep,
    continueOnError: flag("continue_on_error") ?? false,
    body: remain,
  };
}

function wholeNumber(value: Value): number | undefined {
  const { kind } = value.type;
  if (kind !== "number" && kind !== "string") {
    return undefined;
  }
  const text = kind === "number" ? numberText(asNumber(value)) : asString(value);
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
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
      }
    }
  }
  if (raw.is !== "map" && raw.is !== "unknown") {
    problems.error(
      "option/wrong-type",
      expression.range.toRange(),
      "provisioner's override block must be an HCL object",
    );
  }
  return found;
}
