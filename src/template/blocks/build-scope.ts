// What expressions inside one build may refer to: `build` and `source` beside everything else.
import { boolType, numberType, stringType, type Type } from "../../cty/type.ts";
import { boolValue, numberValue, objectValue, stringValue, unknownValue, type Value } from "../../cty/value.ts";
import type { EvalContext } from "../../hcl/context.ts";
import type { GeneratedData } from "../../sdk/artifact.ts";
import { absentTexts, plannedNames, typeOfBuildValue } from "../../sdk/build-data.ts";
import type { BuildBlock, SourceUse } from "./build-block.ts";

type Entry = readonly [string, Value];

const types: Readonly<Record<ReturnType<typeof typeOfBuildValue>, Type>> = {
  string: stringType,
  number: numberType,
  bool: boolType,
};

/** Makes evaluation contexts for one source of one build. */
export class BuildScope {
  readonly #outside: EvalContext;
  readonly #build: BuildBlock;
  readonly #use: SourceUse;
  #planning: { readonly published: readonly string[]; readonly context: EvalContext } | undefined;

  /** `outside` holds what all builds share. */
  constructor(outside: EvalContext, build: BuildBlock, use: SourceUse) {
    this.#outside = outside;
    this.#build = build;
    this.#use = use;
  }

  /** As long as nothing runs: the builder is going to publish these names, their values are not known. */
  planning(published: readonly string[]): EvalContext {
    if (this.#planning?.published !== published) {
      const entries = plannedNames(published).map((name): Entry => [name, unknownValue(types[typeOfBuildValue(name)])]);
      this.#planning = { published, context: this.#context(entries) };
    }
    return this.#planning.context;
  }

  /** With what the run has published. */
  running(generated: GeneratedData): EvalContext {
    return this.#context(
      Object.entries({ ...absentTexts(generated), ...generated }).map(([name, data]): Entry => [name, scalar(data)]),
    );
  }

  #context(published: readonly Entry[]): EvalContext {
    const source = objectValue([
      ["type", stringValue(this.#use.source.type)],
      ["name", stringValue(this.#use.localName)],
    ]);
    const build = objectValue([...published, ["name", stringValue(this.#build.name)]]);
    return {
      ...this.#outside,
      variables: new Map([...(this.#outside.variables ?? []), ["source", source], ["build", build]]),
    };
  }
}

function scalar(data: GeneratedData[string]): Value {
  if (typeof data === "number") {
    return numberValue(data);
  }
  return typeof data === "boolean" ? boolValue(data) : stringValue(data);
}
