// Two recipes of a build -> what changed between them, in words that name a file, a variable or an option.
import type { Json } from "../sdk/run.ts";
import { align } from "./align.ts";
import { type BuildRecipe, type ComponentRecipe, writeCanonical } from "./recipe.ts";

/** What kind of thing changed. */
export type DifferenceKind =
  | "builder"
  | "communicator"
  | "provisioner"
  | "error-cleanup-provisioner"
  | "post-processor"
  | "variable"
  | "file"
  | "base-image"
  | "version";

/** One change. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** For people: `scripts/setup.sh`, `region`, `provisioner 2 (shell), inline[1]`. */
  readonly what: string;
  /** Missing for something that was added. */
  readonly before?: string | undefined;
  /** Missing for something that was taken away. */
  readonly after?: string | undefined;
}

/** How a secret is shown. */
const HIDDEN = "a secret";
const LONGEST = 200;

/** Everything that differs, what causes changes before what they show in: variables, files, base, then the parts of the build. */
export function compareRecipes(before: BuildRecipe, after: BuildRecipe): readonly Difference[] {
  return [
    ...compareMaps("variable", "", before.variables, after.variables),
    ...compareFiles(before, after),
    ...compareBases(before, after),
    ...compareComponents("builder", `builder (${after.builder.type})`, before.builder, after.builder),
    ...compareComponents(
      "communicator",
      `communicator (${after.communicator.type})`,
      before.communicator,
      after.communicator,
    ),
    ...compareLists("provisioner", "provisioner", before.provisioners, after.provisioners),
    ...compareLists("error-cleanup-provisioner", "error-cleanup-provisioner", listCleanup(before), listCleanup(after)),
    ...comparePostProcessors(before, after),
    ...(before.version === after.version
      ? []
      : [{ kind: "version" as const, what: "packer-ts", before: before.version, after: after.version }]),
  ];
}

/** One line: `file scripts/setup.sh: changed`. */
export function speakDifference({ kind, what, before, after }: Difference): string {
  const noun: Partial<Record<DifferenceKind, string>> = {
    variable: "variable ",
    file: "file ",
    "base-image": "base image ",
  };
  const subject = `${noun[kind] ?? ""}${what}`;
  const aside = (value: string | undefined): string => (value === undefined || kind === "file" ? "" : ` (${value})`);
  if (before === undefined) {
    return `${subject}: added${aside(after)}`;
  }
  if (after === undefined) {
    return `${subject}: removed${aside(before)}`;
  }
  if (kind === "file" || before === after) {
    return `${subject}: changed`;
  }
  return `${subject}: ${before} -> ${after}`;
}

function listCleanup({ errorCleanupProvisioner }: BuildRecipe): readonly ComponentRecipe[] {
  return errorCleanupProvisioner === undefined ? [] : [errorCleanupProvisioner];
}

function compareFiles(before: BuildRecipe, after: BuildRecipe): Difference[] {
  const factsOf = ({ files }: BuildRecipe): Record<string, Json> =>
    Object.fromEntries(
      files.map(({ path, sha256, mode }) => [path, mode === undefined ? sha256 : `${sha256}, mode ${mode}`]),
    );
  return compareMaps("file", "", factsOf(before), factsOf(after));
}

function compareBases({ base: before }: BuildRecipe, { base: after }: BuildRecipe): Difference[] {
  if (before?.what === after?.what && before?.digest === after?.digest) {
    return [];
  }
  return [
    {
      kind: "base-image",
      what: after?.what ?? before?.what ?? "",
      before: before === undefined ? undefined : before.digest,
      after: after === undefined ? undefined : after.digest,
    },
  ];
}

function compareComponents(
  kind: DifferenceKind,
  what: string,
  before: ComponentRecipe,
  after: ComponentRecipe,
): Difference[] {
  if (before.type !== after.type) {
    return [{ kind, what: kind, before: before.type, after: after.type }];
  }
  return compareMaps(kind, `${what}, `, before.options, after.options);
}

function compareMaps(
  kind: DifferenceKind,
  prefix: string,
  before: Readonly<Record<string, Json>>,
  after: Readonly<Record<string, Json>>,
): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => compareValues(kind, `${prefix}${name}`, before[name], after[name]));
}

/** Goes into maps, and into lists of the same length, to name the very item. */
function compareValues(
  kind: DifferenceKind,
  what: string,
  before: Json | undefined,
  after: Json | undefined,
): Difference[] {
  if (
    writeCanonical(before ?? null) === writeCanonical(after ?? null) &&
    (before === undefined) === (after === undefined)
  ) {
    return [];
  }
  if (isList(before) && isList(after) && before.length === after.length) {
    return before.flatMap((item, i) => compareValues(kind, `${what}[${i}]`, item, after[i]));
  }
  if (isMap(before) && isMap(after)) {
    return compareMaps(kind, `${what}.`, before, after);
  }
  return [
    {
      kind,
      what,
      before: before === undefined ? undefined : showValue(before),
      after: after === undefined ? undefined : showValue(after),
    },
  ];
}

function compareLists(
  kind: DifferenceKind,
  noun: string,
  before: readonly ComponentRecipe[],
  after: readonly ComponentRecipe[],
): Difference[] {
  return align(before, after, writeCanonical, ({ type }) => type).flatMap(({ left, right }): Difference[] => {
    const at = right === undefined ? left : right;
    const several = (right === undefined ? before : after).length > 1 || before.length !== after.length;
    const what = `${noun}${several ? ` ${(at ?? 0) + 1}` : ""}`;
    const one = left === undefined ? undefined : before[left];
    const other = right === undefined ? undefined : after[right];
    if (one !== undefined && other !== undefined) {
      return compareComponents(kind, `${what} (${other.type})`, one, other);
    }
    if (one !== undefined) {
      return [{ kind, what, before: one.type }];
    }
    return other === undefined ? [] : [{ kind, what, after: other.type }];
  });
}

function comparePostProcessors(
  { postProcessors: before }: BuildRecipe,
  { postProcessors: after }: BuildRecipe,
): Difference[] {
  const several = before.length > 1 || after.length > 1;
  return Array.from({ length: Math.max(before.length, after.length) }, (_, i) =>
    compareLists(
      "post-processor",
      several ? `sequence ${i + 1}, post-processor` : "post-processor",
      before[i] ?? [],
      after[i] ?? [],
    ),
  ).flat();
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Values as JSON, short enough for one line; of a secret only that it is one. */
function showValue(value: Json): string {
  if (typeof value === "string" && value.startsWith("secret:")) {
    return HIDDEN;
  }
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "string" && part.startsWith("secret:") ? `(${HIDDEN})` : part,
  );
  const plain = typeof value === "string" && /^[\w./:@+-]+$/.test(value) ? value : text;
  return plain.length <= LONGEST ? plain : `${plain.slice(0, LONGEST)}…`;
}
