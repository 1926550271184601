// Says in words why a type does not fit another, at the deepest part that can be named.
import { isConvertible } from "./convertible.ts";
import type { Path, PathStep } from "./path.ts";
import { pathText } from "./path.ts";
import type { ObjectType, Type } from "./type.ts";
import { dynamicType, isCollection } from "./type.ts";
import { withArticle } from "./type-name.ts";
import type { Value } from "./value.ts";

interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** The first part of the value that cannot become what is wanted of it. */
export function compatibilityProblem(value: Value, wanted: Type, path: Path): Problem {
  return typeProblem(value.type, wanted, path);
}

function typeProblem(from: Type, wanted: Type, path: Path): Problem {
  if (from.kind === "object" && wanted.kind === "object") {
    return objectProblem(from, wanted, path);
  }
  const parts = partProblem(from, wanted, path);
  return parts ?? { path, message: `${withArticle(wanted)} is required${describeFound(from, wanted)}` };
}

/** What was there instead, where the wanted type alone would leave one guessing. */
function describeFound(from: Type, wanted: Type): string {
  return from.kind === wanted.kind ? "" : `, not ${withArticle(from)}`;
}

function objectProblem(from: ObjectType, wanted: ObjectType, path: Path): Problem {
  const missing = [...wanted.attributes.keys()].filter(
    (name) => !from.attributes.has(name) && !wanted.optional.has(name),
  );
  if (missing.length === 1) {
    return { path, message: `attribute "${missing[0]}" is required` };
  }
  if (missing.length > 1) {
    const last = missing.pop();
    return { path, message: `attributes ${missing.map((name) => `"${name}"`).join(", ")} and "${last}" are required` };
  }
  for (const [name, type] of wanted.attributes) {
    const given = from.attributes.get(name);
    if (given !== undefined && !isConvertible(given, type, "unsafe")) {
      return typeProblem(given, type, [...path, { attribute: name }]);
    }
  }
  return { path, message: `${withArticle(wanted)} is required` };
}

function partProblem(from: Type, wanted: Type, path: Path): Problem | undefined {
  for (const [step, given, type] of matchParts(from, wanted)) {
    if (!isConvertible(given, type, "unsafe")) {
      return typeProblem(given, type, [...path, ...step]);
    }
  }
  if (from.kind === "tuple" && wanted.kind === "tuple" && from.elements.length !== wanted.elements.length) {
    return {
      path,
      message: `a tuple of ${wanted.elements.length} elements is required, not of ${from.elements.length}`,
    };
  }
  return undefined;
}

function matchParts(from: Type, wanted: Type): [PathStep[], Type, Type][] {
  if (from.kind === "tuple" && wanted.kind === "tuple") {
    if (from.elements.length !== wanted.elements.length) {
      return [];
    }
    return from.elements.map((given, index) => [[{ index }], given, wanted.elements[index] ?? dynamicType]);
  }
  if (from.kind === "tuple" && (wanted.kind === "list" || wanted.kind === "set")) {
    return from.elements.map((given, index) => [[{ index }], given, wanted.element]);
  }
  if (from.kind === "object" && wanted.kind === "map") {
    return [...from.attributes].map(([attribute, given]) => [[{ attribute }], given, wanted.element]);
  }
  if (isCollection(from) && isCollection(wanted) && (from.kind === "map") === (wanted.kind === "map")) {
    return [[[], from.element, wanted.element]];
  }
  return [];
}

/** The problem as part of a sentence, such as `element [1].port: a number is required`. */
export function problemText(problem: Problem): string {
  return problem.path.length === 0 ? problem.message : `${pathText(problem.path)}: ${problem.message}`;
}
