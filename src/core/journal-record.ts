// What a line of a journal may say, and reading one that anybody may have written.
import type { ComponentKind } from "../sdk/component.ts";
import type { Json } from "../sdk/run.ts";

/** The form of the records. A journal of another form is left to the program that wrote it. */
export const JOURNAL_FORM = 2;

/** Where a component comes from: whoever cleans up later needs the same. */
export type Origin =
  | { readonly is: "native" }
  | { readonly is: "plugin"; readonly source: string; readonly version: string };

/** Who made a resource and so knows how to remove it. */
export interface ResourceOwner {
  readonly kind: ComponentKind;
  readonly type: string;
  readonly origin: Origin;
}

/** A resource as the journal knows it. */
export interface Resource {
  readonly kind: string;
  readonly title: string;
  readonly wanted: Json;
  readonly made?: Json | undefined;
}

/** Why something stays: it is (part of) an artifact, or the user wants to look at it after a failure. */
export type KeptAs = "artifact" | "abandoned";

export interface JournalHead {
  readonly journal: typeof JOURNAL_FORM;
  readonly run: string;
  readonly pid: number;
  /** Tells the process from a later one with the same number. */
  readonly process: string | null;
  /** Where the process number counts. */
  readonly space: string;
  readonly at: number;
  /** What the resources are labelled with, where their platform has labels. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface IntentRecord {
  readonly intent: number;
  readonly build: string;
  readonly owner: ResourceOwner;
  readonly resource: { readonly kind: string; readonly title: string; readonly wanted: Json };
  /** The path it takes when that is not its own alone. */
  readonly place: string | null;
  readonly at: number;
}

export type ChangeRecord =
  | { readonly made: number; readonly value: Json }
  | { readonly removed: number }
  | { readonly kept: number; readonly as: KeptAs }
  /** Somebody else's thing stands in its place now. */
  | { readonly replaced: number };

export type JournalRecord = IntentRecord | ChangeRecord;

/** Milliseconds since 1970 that a date can have. */
const LATEST = 8.64e15;
const KINDS: readonly string[] = [
  "builder",
  "provisioner",
  "post-processor",
  "datasource",
  "communicator",
] satisfies ComponentKind[];

/** The first line; throws `SyntaxError` that says what is wrong with it. */
export function readHead(value: unknown): JournalHead {
  const head = readFields(value, "the first line");
  if (head["journal"] !== JOURNAL_FORM) {
    throw new SyntaxError(`it is no journal of this version (${JSON.stringify(head["journal"])})`);
  }
  const labels = readFields(head["labels"] ?? {}, "labels");
  for (const [name, label] of Object.entries(labels)) {
    readText(label, `label ${name}`);
  }
  return {
    journal: JOURNAL_FORM,
    run: readText(head["run"], "run"),
    pid: readCount(head["pid"], "pid"),
    process: head["process"] === null ? null : readText(head["process"], "process"),
    space: readText(head["space"], "space"),
    at: readTime(head["at"]),
    labels: labels as Readonly<Record<string, string>>,
  };
}

/** Any later line; throws `SyntaxError` that says what is wrong with it. */
export function readRecord(value: unknown): JournalRecord {
  const record = readFields(value, "a record");
  if ("intent" in record) {
    return readIntent(record);
  }
  if ("made" in record) {
    return { made: readCount(record["made"], "made"), value: (record["value"] ?? null) as Json };
  }
  if ("removed" in record) {
    return { removed: readCount(record["removed"], "removed") };
  }
  if ("replaced" in record) {
    return { replaced: readCount(record["replaced"], "replaced") };
  }
  if ("kept" in record) {
    return { kept: readCount(record["kept"], "kept"), as: describeKept(record["as"]) };
  }
  throw new SyntaxError(`a record says nothing that is known: ${JSON.stringify(value).slice(0, 100)}`);
}

function readIntent(record: Readonly<Record<string, unknown>>): IntentRecord {
  const owner = readFields(record["owner"], "owner");
  const resource = readFields(record["resource"], "resource");
  return {
    intent: readCount(record["intent"], "intent"),
    build: readText(record["build"], "build"),
    owner: {
      kind: readComponentKind(owner["kind"]),
      type: readText(owner["type"], "type"),
      origin: readOrigin(owner["origin"]),
    },
    resource: {
      kind: readText(resource["kind"], "kind"),
      title: readText(resource["title"], "title"),
      wanted: (resource["wanted"] ?? null) as Json,
    },
    place: record["place"] === null ? null : readText(record["place"], "place"),
    at: readTime(record["at"]),
  };
}

function readOrigin(value: unknown): Origin {
  const { is, source, version } = readFields(value, "origin");
  if (is === "native") {
    return { is };
  }
  if (is === "plugin") {
    return { is, source: readText(source, "source"), version: readText(version, "version") };
  }
  throw new SyntaxError("the owner comes from nowhere that is known");
}

function describeKept(value: unknown): KeptAs {
  if (value === "artifact" || value === "abandoned") {
    return value;
  }
  throw new SyntaxError("a record does not say what something was kept as");
}

function readComponentKind(value: unknown): ComponentKind {
  if (typeof value === "string" && KINDS.includes(value)) {
    return value as ComponentKind;
  }
  throw new SyntaxError("the owner is no kind of component");
}

function readFields(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new SyntaxError(`${what} is no object`);
}

function readText(value: unknown, what: string): string {
  if (typeof value === "string") {
    return value;
  }
  throw new SyntaxError(`${what} is no text`);
}

function readCount(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) {
    return value;
  }
  throw new SyntaxError(`${what} is no number of anything`);
}

function readTime(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= LATEST) {
    return value;
  }
  throw new SyntaxError("at is no time");
}
