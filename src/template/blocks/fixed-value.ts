// Values in declarations, which are read before there are variables and functions.

import { convert } from "../../cty/convert.ts";
import type { boolType, stringType } from "../../cty/type.ts";
import { asBool, asString, isKnown, isNull } from "../../cty/value.ts";
import type { Attribute } from "../../hcl/ast.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { ProblemList } from "../problem-list.ts";

/** A value that stands for itself; what it refers to, and null, is reported. */
export function readFixed(
  { name, expression }: Attribute,
  type: typeof boolType | typeof stringType,
  problems: ProblemList,
): string | boolean | undefined {
  const { value, diagnostics } = evaluate(expression);
  problems.add(diagnostics);
  if (diagnostics.length > 0) {
    return undefined;
  }
  const converted = convert(value, type);
  if (converted.ok && isKnown(converted.value) && !isNull(converted.value)) {
    return type.kind === "bool" ? asBool(converted.value) : asString(converted.value);
  }
  const wanted = type.kind === "bool" ? "true or false" : "a string";
  problems.error("variable/wrong-type", expression.range.toRange(), `"${name}" must be ${wanted}`, {
    hint: type.kind === "bool" ? `Write ${name} = true or ${name} = false, without quotes.` : undefined,
  });
  return undefined;
}
