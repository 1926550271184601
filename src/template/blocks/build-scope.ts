// What expressions inside one build may refer to: `build` and `source` beside everything else.
import { dynamicType } from "../../cty/type.ts";
import {
  boolValue,
  dynamicValue,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../../cty/value.ts";
import { openBudget } from "../../hcl/budget.ts";
import type { EvalContext } from "../../hcl/context.ts";
import type { GeneratedData, GeneratedValue } from "../../sdk/artifact.ts";
import { listAbsentTexts, listPlannedTypes, type PublishedName } from "../../sdk/build-data.ts";
import type { BuildBlock, SourceUse } from "./build-block.ts";
import { toValueType } from "./raw-hcl.ts";

/** What a builder publishes; `undefined` when nobody knows it. */
type Published = readonly PublishedName[] | undefined;

type Entry = readonly [string, Value];

/** Makes evaluation contexts for one source of one build. */
export class BuildScope {
  readonly #outside: EvalContext;
  readonly #build: BuildBlock;
  readonly #use: SourceUse;
  #planning: { readonly published: Published; readonly context: EvalContext } | undefined;

  /** `outside` holds what all builds share. */
  constructor(outside: EvalContext, build: BuildBlock, use: SourceUse) {
    this.#outside = outside;
    this.#build = build;
    this.#use = use;
  }

  /** As long as nothing runs: the builder is going to publish these names, their values are not known. */
  planning(published: Published): EvalContext {
    if (this.#planning === undefined || this.#planning.published !== published) {
      if (published === undefined) {
        this.#planning = { published, context: this.#contextWith(dynamicValue) };
        return this.#planning.context;
      }
      const entries = [...listPlannedTypes(published)].map(
        ([name, type]): Entry => [name, unknownValue(toValueType(type))],
      );
      this.#planning = { published, context: this.#context(entries) };
    }
    return this.#planning.context;
  }

  /** With what the run has published. */
  running(generated: GeneratedData): EvalContext {
    const context = this.#context(
      Object.entries({ ...listAbsentTexts(generated), ...generated }).map(
        ([name, data]): Entry => [name, convertPublished(data)],
      ),
    );
    // How often a run asks has nothing to do with how large the template is.
    return { ...context, budget: openBudget() };
  }

  #context(published: readonly Entry[]): EvalContext {
    return this.#contextWith(objectValue([...published, ["name", stringValue(this.#build.name)]]));
  }

  #contextWith(build: Value): EvalContext {
    const source = objectValue([
      ["type", stringValue(this.#use.source.type)],
      ["name", stringValue(this.#use.localName)],
    ]);
    return {
      ...this.#outside,
      variables: new Map([...(this.#outside.variables ?? []), ["source", source], ["build", build]]),
    };
  }
}

function convertPublished(data: GeneratedValue): Value {
  switch (typeof data) {
    case "number":
      return numberValue(data);
    case "boolean":
      return boolValue(data);
    case "string":
      return stringValue(data);
  }
  if (data === null) {
    return nullValue(dynamicType);
  }
  return isList(data)
    ? tupleValue(data.map(convertPublished))
    : objectValue(Object.entries(data).map(([name, item]): Entry => [name, convertPublished(item)]));
}

function isList(data: object): data is readonly GeneratedValue[] {
  return Array.isArray(data);
}
