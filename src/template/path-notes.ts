// What the builds of a template write and read, so that a build is refused before it replaces what it or another one needs.
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { type Diagnostic, hasErrors, type SourceRange } from "../diagnostic/diagnostic.ts";
import type { Component, WrittenPath } from "../sdk/component.ts";
import type { BuildIdentity } from "../sdk/run.ts";
import type { Decoded } from "./decode-options.ts";

interface Written extends WrittenPath {
  readonly build: string;
  readonly label: string;
  readonly range: SourceRange | undefined;
  readonly real: string;
}

interface Read {
  readonly build: string;
  readonly label: string;
  readonly path: string;
  readonly real: string;
}

/** Notes what the components of one build write and read. */
export type NotePaths = (component: Component, label: string, decoded: Decoded, build: BuildIdentity) => void;

/** What is wrong with where builds write to. */
export interface Collisions {
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the builds that cannot run. */
  readonly builds: ReadonlySet<string>;
}

/** The notes of one planning. */
export class PathNotes {
  readonly #cwd: string;
  readonly #written: Written[] = [];
  readonly #read: Read[] = [];
  #over = false;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** For the components of one build; `name` is the build as it is shown. */
  of(name: string): NotePaths {
    return (component, label, decoded, build) => {
      if (this.#over) {
        return;
      }
      // An option that is missing or has a value of the wrong type is told of elsewhere.
      const known = ({ option, path }: WrittenPath): boolean =>
        Boolean(path) && !decoded.pending.has(option) && !path.includes("{{");
      for (const each of (component.writes?.(decoded.config, build) ?? []).filter(known)) {
        const range = decoded.rangeOf(each.option);
        this.#written.push({ ...each, build: name, label, range, real: this.#real(each.path) });
      }
      if (decoded.pending.size > 0) {
        return;
      }
      for (const path of component.reads?.(decoded.config) ?? []) {
        if (path) {
          this.#read.push({ build: name, label, path, real: this.#real(path) });
        }
      }
    };
  }

  /** Everything that does not go together, and the builds that cannot run for it. Ends the notes: what is prepared later is prepared to run. */
  judge(): Collisions {
    this.#over = true;
    const diagnostics: Diagnostic[] = [];
    const builds = new Set<string>();
    for (const [index, written] of this.#written.entries()) {
      const found = [...this.#needed(written), ...this.#taken(written, this.#written.slice(0, index))];
      if (hasErrors(found)) {
        builds.add(written.build);
      }
      diagnostics.push(...found);
    }
    return { diagnostics, builds };
  }

  #needed(written: Written): Diagnostic[] {
    const inside = ({ build, real }: Read): boolean =>
      build === written.build && (real === written.real || (written.is === "folder" && holds(written.real, real)));
    const read = this.#read.find(inside);
    if (read === undefined) {
      return [];
    }
    const how = read.real === written.real ? "is" : "holds";
    return [
      makeDiagnostic(written, {
        severity: "error",
        code: "output/needed",
        summary: `The ${written.is} "${written.path}" ${how} "${read.path}", which the build needs`,
        detail: `The ${read.label} reads "${read.path}", and the build replaces "${written.path}".`,
        hint: `Give "${written.option}" a name of its own.`,
      }),
    ];
  }

  #taken(written: Written, earlier: readonly Written[]): Diagnostic[] {
    const others = earlier.filter((each) => each.build !== written.build && collides(each, written));
    const [other] = others;
    const isWarning = written.mayBeShared === true && others.every(({ mayBeShared }) => mayBeShared === true);
    // Of many that share a file, one warning is enough.
    if (other === undefined || (isWarning && others.length > 1)) {
      return [];
    }
    return [
      makeDiagnostic(written, {
        severity: isWarning ? "warning" : "error",
        code: "output/shared",
        summary: `The builds "${other.build}" and "${written.build}" both write to "${written.path}"`,
        detail: "One of them would overwrite what the other has made.",
        hint: `Give "${written.option}" a path of its own for each build, such as one with the build's name in it, or choose one of them with -only.`,
      }),
    ];
  }

  /** Without links, as far as it exists. */
  #real(path: string): string {
    return realPath(resolve(this.#cwd, path));
  }
}

function collides(one: Written, other: Written): boolean {
  if (one.real === other.real) {
    return one.content === undefined || one.content !== other.content;
  }
  return (one.is === "folder" && holds(one.real, other.real)) || (other.is === "folder" && holds(other.real, one.real));
}

function holds(outer: string, inner: string): boolean {
  return inner.startsWith(`${outer}${sep}`);
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}

function makeDiagnostic({ label, range }: Written, found: Omit<Diagnostic, "subject" | "within">): Diagnostic {
  return { ...found, within: label, subject: range };
}
