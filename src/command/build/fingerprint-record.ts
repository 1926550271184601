// What is kept of a template's builds so that a later run can tell whether anything changed.
import type { ArtifactFacts } from "../../core/build-event.ts";
import type { BuildRecipe } from "../../recipe/recipe.ts";

/** One build as it was last made. */
export interface BuildFingerprint {
  readonly fingerprint: string;
  readonly recipe: BuildRecipe;
  readonly artifacts: readonly ArtifactFacts[];
  /** ISO 8601, in UTC. */
  readonly builtAt: string;
}

/** The builds of one template. */
export interface FingerprintRecord {
  /** Hexadecimal; what secrets are digested with. */
  readonly salt: string;
  /** By the build's name. */
  readonly builds: Readonly<Record<string, BuildFingerprint>>;
}

/** Where records are kept. */
export interface FingerprintStore {
  /** For people: a path, or `the cache`. */
  readonly where: string;
  /** Absolute paths of its files, which are no part of any build. */
  readonly files: readonly string[];
  /** The record of the last run that built something of the template; a reason in words when there is none that can be used. */
  last(template: string): Promise<FingerprintRecord | Unusable | undefined>;
  /** The record of an older run with these fingerprints, where the store keeps more than the last. */
  older?(template: string, fingerprints: Readonly<Record<string, string>>): Promise<FingerprintRecord | undefined>;
  /** Throws when that cannot be done. */
  save(template: string, record: FingerprintRecord): Promise<void>;
}

/** Something is there, but it is no record of this program. */
export interface Unusable {
  readonly problem: string;
}

/** Grows when older records can no longer be compared with. */
const FORMAT = 1;
const MARK = "packer-ts-fingerprints";

/** Several templates' records as the text of a file. */
export function writeRecords(templates: Readonly<Record<string, FingerprintRecord>>): string {
  return `${JSON.stringify({ [MARK]: FORMAT, templates }, undefined, 2)}\n`;
}

/** Reads such a text. A record that does not fit is a problem, never a crash: anybody may have written the file. */
export function parseRecords(text: string): Readonly<Record<string, FingerprintRecord>> | Unusable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "It is not JSON." };
  }
  if (!isObject(value) || value[MARK] === undefined) {
    return { problem: "It was not written by this program." };
  }
  if (value[MARK] !== FORMAT) {
    return { problem: `It is of version ${JSON.stringify(value[MARK])}, and this program reads ${FORMAT}.` };
  }
  const { templates } = value;
  if (!isObject(templates)) {
    return { problem: 'Its "templates" is no object.' };
  }
  for (const [name, record] of Object.entries(templates)) {
    if (!isRecord(record)) {
      return { problem: `What it says of ${JSON.stringify(name)} is incomplete.` };
    }
  }
  return templates as Readonly<Record<string, FingerprintRecord>>;
}

function isRecord(value: unknown): value is FingerprintRecord {
  if (!isObject(value) || typeof value["salt"] !== "string" || !/^[0-9a-f]{32}$/.test(value["salt"])) {
    return false;
  }
  return isObject(value["builds"]) && Object.values(value["builds"]).every(isBuild);
}

function isBuild(value: unknown): value is BuildFingerprint {
  if (!isObject(value)) {
    return false;
  }
  const { fingerprint, recipe, artifacts, builtAt } = value;
  if (typeof fingerprint !== "string" || typeof builtAt !== "string" || Number.isNaN(Date.parse(builtAt))) {
    return false;
  }
  return isRecipe(recipe) && Array.isArray(artifacts) && artifacts.every(isArtifact);
}

function isRecipe(value: unknown): value is BuildRecipe {
  if (!isObject(value) || typeof value["name"] !== "string" || typeof value["version"] !== "string") {
    return false;
  }
  const { builder, communicator, errorCleanupProvisioner, provisioners, postProcessors, variables, files, base } =
    value;
  return (
    [builder, communicator, errorCleanupProvisioner ?? builder].every(isComponent) &&
    isList(provisioners, isComponent) &&
    isList(postProcessors, (steps) => isList(steps, isComponent)) &&
    isObject(variables) &&
    isList(files, (file) => isObject(file) && typeof file["path"] === "string" && typeof file["sha256"] === "string") &&
    (base === undefined || (isObject(base) && typeof base["what"] === "string" && typeof base["digest"] === "string"))
  );
}

function isComponent(value: unknown): boolean {
  return isObject(value) && typeof value["type"] === "string" && isObject(value["options"]);
}

function isArtifact(value: unknown): value is ArtifactFacts {
  if (!isObject(value)) {
    return false;
  }
  const { builderId, id, text, files } = value;
  return (
    [builderId, id, text].every((part) => typeof part === "string") && isList(files, (file) => typeof file === "string")
  );
}

function isList(value: unknown, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fingerprints of a record by the name of the build. */
export function collectFingerprints({ builds }: FingerprintRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(builds).map(([name, { fingerprint }]) => [name, fingerprint]));
}

/** True when there is no record that can be used. */
export function isUnusable(value: object): value is Unusable {
  return "problem" in value;
}
