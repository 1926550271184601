// The values of a JSON template's variables: defaults, files and flags, each of which may refer to the others.

import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import { TemplateFailure } from "../../gotemplate/problem.ts";
import { deferDots } from "../engine/defer-dots.ts";
import { concealProblems } from "../engine/hidden-values.ts";
import { renderText } from "../engine/render.ts";
import type { EngineScope, EngineWorld, Lookups } from "../engine/scope.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import type { LegacyTemplate } from "./legacy-template.ts";

export interface VariableRequest {
  readonly template: LegacyTemplate;
  /** From files and flags; the last one given wins already. */
  readonly given: ReadonlyMap<string, string>;
  readonly world: EngineWorld;
  /** Missing where nothing outside is asked. */
  readonly lookups?: Lookups | undefined;
  readonly allowUnset: boolean;
  readonly hide: (secret: string) => void;
}

export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  /** Variables without a value: those that nobody set, where that is allowed, and those that only a build looks up. */
  readonly unset: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Works out every variable. Values from outside are fetched only when a default asks for them. */
export async function resolveVariables(request: VariableRequest): Promise<Variables> {
  const { template, given } = request;
  const fetched = new Map<string, string>();
  for (const name of template.sensitiveVariables) {
    request.hide(given.get(name) ?? template.variables.get(name)?.value?.text ?? "");
  }
  for (;;) {
    const resolver = new Resolver(request, fetched);
    for (const name of new Set([...template.variables.keys(), ...given.keys()])) {
      resolver.resolve(name);
    }
    const wanted = [...resolver.wanted.values()];
    if (wanted.length === 0) {
      resolver.reportUnset();
      for (const name of template.sensitiveVariables) {
        request.hide(resolver.values.get(name) ?? "");
      }
      return { values: resolver.values, unset: resolver.withoutValue, diagnostics: resolver.problems.all };
    }
    const failed = request.lookups === undefined ? [] : await fetchAll(wanted, request.lookups, fetched);
    if (failed.length > 0) {
      return { values: resolver.values, unset: resolver.withoutValue, diagnostics: failed };
    }
  }
}

interface Wanted {
  readonly name: keyof Lookups;
  readonly args: readonly string[];
  readonly key: string;
}

async function fetchAll(
  wanted: readonly Wanted[],
  lookups: Lookups,
  fetched: Map<string, string>,
): Promise<Diagnostic[]> {
  const failed: Diagnostic[] = [];
  await Promise.all(
    wanted.map(async ({ name, args, key }) => {
      try {
        const fetch = lookups[name] as (...args: readonly string[]) => Promise<string>;
        fetched.set(key, await fetch(...args));
      } catch (thrown) {
        failed.push({
          code: "template/lookup",
          severity: "error",
          summary: `${name} could not fetch ${JSON.stringify(args[0] ?? "")}`,
          detail: readMessage(thrown),
        });
      }
    }),
  );
  return failed;
}

/** Stands for a value that only a build looks up. */
const LATER = Symbol("later");

class Resolver {
  readonly values = new Map<string, string>();
  readonly unset = new Set<string>();
  /** What only a build looks up, and what is made of that. */
  readonly later = new Set<string>();
  readonly wanted = new Map<string, Wanted>();
  readonly problems: ProblemList = problemList("variables");
  readonly #request: VariableRequest;
  readonly #fetched: ReadonlyMap<string, string>;
  readonly #failed = new Set<string>();
  readonly #path: string[] = [];
  /** The circles that variables were found to be part of. */
  readonly #circles = new Map<string, readonly string[]>();

  constructor(request: VariableRequest, fetched: ReadonlyMap<string, string>) {
    this.#request = request;
    this.#fetched = fetched;
  }

  get withoutValue(): ReadonlySet<string> {
    return new Set([...this.unset, ...this.later, ...this.#failed]);
  }

  resolve(name: string): void {
    if (this.values.has(name) || this.#failed.has(name) || this.unset.has(name) || this.later.has(name)) {
      return;
    }
    const declared = this.#request.template.variables.get(name);
    const text = this.#request.given.get(name) ?? declared?.value?.text;
    if (text === undefined) {
      this.unset.add(name);
      return;
    }
    this.#path.push(name);
    const value = this.#render(name, text);
    this.#path.pop();
    if (value === LATER) {
      this.later.add(name);
    } else if (value === undefined) {
      this.#failed.add(name);
    } else {
      this.values.set(name, value);
    }
  }

  #render(name: string, text: string): string | typeof LATER | undefined {
    const declared = this.#request.template.variables.get(name);
    const fromFile = !this.#request.given.has(name);
    const scope: EngineScope = {
      stage: "variables",
      world: this.#request.world,
      user: (other) => this.#user(other) ?? later(),
      lookup: (fn, args) => (this.#request.lookups === undefined ? later() : this.#lookup(fn, args)),
    };
    let isLater = false;
    const later = (): never => {
      isLater = true;
      throw new TemplateFailure("only a build looks this up");
    };
    let value = "";
    for (const piece of deferDots(text)) {
      const rendered = piece.deferred ? { text: piece.text } : renderText(piece.text, scope);
      if ("text" in rendered) {
        value += rendered.text;
      } else if (isLater) {
        return LATER;
      } else {
        if (this.wanted.size > 0) {
          return undefined;
        }
        const found = rendered.problems.map((one) => ({ ...one, offset: piece.offset + one.offset }));
        for (const problem of concealProblems(found, text, this.#request.world.hidden)) {
          const at = fromFile ? declared?.value?.rangeWithin?.(problem.offset, problem.length) : declared?.range;
          this.problems.error(
            problem.code,
            at,
            `variable ${name}: ${problem.message}`,
            problem.hint === undefined ? {} : { hint: problem.hint },
          );
        }
        return undefined;
      }
    }
    return value;
  }

  /** `undefined` when only a build knows it. */
  #user(name: string): string | undefined {
    if (this.#path.includes(name)) {
      const circle = [...this.#path.slice(this.#path.indexOf(name)), name];
      for (const member of circle) {
        this.#circles.set(member, circle);
      }
      throw circleFailure(circle);
    }
    const { template, given } = this.#request;
    if (!template.variables.has(name) && !given.has(name)) {
      const meant = didYouMean(name, template.variables.keys());
      throw new TemplateFailure(`variable not set: ${name}`, {
        argument: 0,
        hint: meant ? `did you mean "${meant}"?` : `Declare "${name}" in "variables", or set it with -var.`,
      });
    }
    this.resolve(name);
    const value = this.values.get(name);
    if (value !== undefined) {
      return value;
    }
    if (this.later.has(name)) {
      return undefined;
    }
    if (this.unset.has(name) && this.#request.allowUnset) {
      return "";
    }
    const circle = this.#circles.get(name);
    if (circle !== undefined && this.#path.some((member) => circle.includes(member))) {
      throw circleFailure(circle);
    }
    // What is wrong with it is told where it stands.
    return undefined;
  }

  #lookup(name: keyof Lookups, args: readonly string[]): string {
    const key = JSON.stringify([name, ...args]);
    const value = this.#fetched.get(key);
    if (value !== undefined) {
      return value;
    }
    this.wanted.set(key, { name, args, key });
    throw new TemplateFailure(`${name} has not answered yet`);
  }

  reportUnset(): void {
    if (this.#request.allowUnset) {
      return;
    }
    for (const name of this.unset) {
      const declared = this.#request.template.variables.get(name);
      this.problems.error("variable/required", declared?.range, `required variable not set: ${name}`, {
        hint: `Set it with -var '${name}=…' or in a -var-file, or give it a default.`,
      });
    }
  }
}

function circleFailure(circle: readonly string[]): TemplateFailure {
  const [first] = circle;
  if (circle.length === 2) {
    return new TemplateFailure(`the variable ${first} refers to itself`, { argument: 0 });
  }
  const what = `the variables refer to one another in a circle: ${circle.join(" -> ")}`;
  return new TemplateFailure(what, { argument: 0, hint: "Write one of them without the others." });
}
