// An option of a component or a command, as data: read by the decoder, the documentation, the JSON Schema, action inputs and flags.

export type OptionType =
  /** A `number` is whole; a `fraction` need not be. */
  | { readonly is: "string" | "number" | "fraction" | "bool" | "duration" | "any" }
  /** A `set` has nothing twice and no order: it is given sorted. */
  | { readonly is: "list" | "set" | "map"; readonly of: OptionType }
  /** A value with fields: in HCL2 an argument, `disk = { size = 10 }`. */
  | { readonly is: "object"; readonly options: OptionSchema }
  | {
      readonly is: "block";
      readonly options: OptionSchema;
      readonly many: boolean;
      /**
       * Fields that are written as labels: `disk "root" { … }` in HCL2, `"disk": { "root": { … } }` in JSON. Every label is
       * the key of one more object there.
       */
      readonly labels?: readonly string[] | undefined;
    };

/** One option. `T` is what the component reads; nothing but the type checker uses it. */
export interface Option<out T = unknown> {
  readonly type: OptionType;
  readonly required: boolean;
  /** Markdown, in sentences. Empty only for options learnt from a plugin. */
  readonly description: string;
  /** As a user would write it: a duration as text, a list as a list. */
  readonly default?: unknown;
  /** The allowed values; for a list, the allowed items. */
  readonly oneOf?: readonly (string | number)[] | undefined;
  /** Bounds of a number, both included. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Its value is hidden everywhere. */
  readonly sensitive?: boolean | undefined;
  /** Why not to use it any more and what to use instead. */
  readonly deprecated?: string | undefined;
  /** Other options that may not be set together with this one. */
  readonly conflicts?: readonly string[] | undefined;
  /** `{{ }}` in it is checked early but rendered by the component while running, with data of its own (`run.render`). */
  readonly renderedLate?: boolean | undefined;
  /** The component lives elsewhere and renders `{{ }}` itself: what cannot be rendered here is left to it. */
  readonly renderedElsewhere?: boolean | undefined;
  /** What its template may use beside functions, such as `Path` and `Vars`: any other name is a mistake. */
  readonly templateData?: readonly string[] | undefined;
  /** Its template may use the values of the build as well, such as `ID` and `Host`. */
  readonly takesBuildData?: boolean | undefined;
  readonly example?: T;
}

export type OptionSchema = Readonly<Record<string, Option>>;

/** The finished configuration of a component: defaults filled in, values converted, read-only. Durations are milliseconds. */
export type ConfigOf<S extends OptionSchema> = {
  readonly [K in keyof S]: S[K] extends Option<infer T> ? T : never;
};

type Facts<T> = Omit<Option<T>, "type" | "required" | "default">;
type Sure<D> = { readonly required: true } | { readonly default: D };
type Given<T, D = T> = Facts<T> & { readonly required?: boolean | undefined; readonly default?: D | undefined };

function make<T>(type: OptionType, facts: Given<T, unknown>): Option<T> {
  return Object.freeze({ ...facts, type, required: facts.required ?? false });
}

function string(facts: Facts<string> & Sure<string>): Option<string>;
function string(facts: Facts<string>): Option<string | undefined>;
function string(facts: Given<string>): Option<string | undefined> {
  return make({ is: "string" }, facts);
}

function number(facts: Facts<number> & Sure<number>): Option<number>;
function number(facts: Facts<number>): Option<number | undefined>;
function number(facts: Given<number>): Option<number | undefined> {
  return make({ is: "number" }, facts);
}

/** A number that may have a fraction. */
function fraction(facts: Facts<number> & Sure<number>): Option<number>;
function fraction(facts: Facts<number>): Option<number | undefined>;
function fraction(facts: Given<number>): Option<number | undefined> {
  return make({ is: "fraction" }, facts);
}

function bool(facts: Facts<boolean> & Sure<boolean>): Option<boolean>;
function bool(facts: Facts<boolean>): Option<boolean | undefined>;
function bool(facts: Given<boolean>): Option<boolean | undefined> {
  return make({ is: "bool" }, facts);
}

/** A Go duration such as `1m30s`; the component reads milliseconds. */
function duration(facts: Facts<number> & Sure<string>): Option<number>;
function duration(facts: Facts<number>): Option<number | undefined>;
function duration(facts: Given<number, string>): Option<number | undefined> {
  return make({ is: "duration" }, facts);
}

/** A list of strings; empty unless set. */
function strings(facts: Given<readonly string[]>): Option<readonly string[]> {
  return make({ is: "list", of: { is: "string" } }, { default: [], ...facts });
}

/** A set of strings, without repetitions and sorted; empty unless set. */
function stringSet(facts: Given<readonly string[]>): Option<readonly string[]> {
  return make({ is: "set", of: { is: "string" } }, { default: [], ...facts });
}

/** A list of lists of strings; empty unless set. */
function stringLists(facts: Given<readonly (readonly string[])[]>): Option<readonly (readonly string[])[]> {
  return make({ is: "list", of: { is: "list", of: { is: "string" } } }, { default: [], ...facts });
}

/** A list of whole numbers; empty unless set. */
function numbers(facts: Given<readonly number[]>): Option<readonly number[]> {
  return make({ is: "list", of: { is: "number" } }, { default: [], ...facts });
}

/** A map from string to string; empty unless set. */
function stringMap(facts: Given<Readonly<Record<string, string>>>): Option<Readonly<Record<string, string>>> {
  return make({ is: "map", of: { is: "string" } }, { default: {}, ...facts });
}

/** Any value, as plain data. */
function any(facts: Given<unknown>): Option<unknown> {
  return make({ is: "any" }, facts);
}

/** A value with fields. */
function object<S extends OptionSchema>(
  options: S,
  facts: Facts<ConfigOf<S>> & { readonly required: true },
): Option<ConfigOf<S>>;
function object<S extends OptionSchema>(options: S, facts: Facts<ConfigOf<S>>): Option<ConfigOf<S> | undefined>;
function object<S extends OptionSchema>(options: S, facts: Given<ConfigOf<S>>): Option<ConfigOf<S> | undefined> {
  return make({ is: "object", options }, facts);
}

/** A list of values with fields; empty unless set. */
function objects<S extends OptionSchema>(
  options: S,
  facts: Facts<readonly ConfigOf<S>[]>,
): Option<readonly ConfigOf<S>[]> {
  return make({ is: "list", of: { is: "object", options } }, { default: [], ...facts });
}

/** At most one nested block. */
function block<S extends OptionSchema>(options: S, facts: Facts<ConfigOf<S>>): Option<ConfigOf<S> | undefined> {
  return make({ is: "block", options, many: false }, facts);
}

/** Any number of nested blocks. */
function blocks<S extends OptionSchema>(
  options: S,
  facts: Facts<readonly ConfigOf<S>[]>,
): Option<readonly ConfigOf<S>[]> {
  return make({ is: "block", options, many: true }, facts);
}

/** Any number of nested blocks with labels, which stand among their fields under the given names. */
function labelledBlocks<S extends OptionSchema, const L extends readonly string[]>(
  labels: L,
  options: S,
  facts: Facts<readonly (ConfigOf<S> & Labels<L>)[]>,
): Option<readonly (ConfigOf<S> & Labels<L>)[]> {
  return make({ is: "block", options, many: true, labels }, facts);
}

type Labels<L extends readonly string[]> = { readonly [K in L[number]]: string };

/** Makes options: `option.string({ description: "…", required: true })`. */
export const option = Object.freeze({
  string,
  number,
  fraction,
  bool,
  duration,
  strings,
  stringSet,
  stringLists,
  numbers,
  stringMap,
  any,
  object,
  objects,
  block,
  blocks,
  labelledBlocks,
});
