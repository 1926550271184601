// Looks a component up by the type a template names, and says what is wrong when there is none.
import { BuildError } from "../diagnostic/build-error.ts";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Registry } from "../sdk/catalog.ts";
import type { Component } from "../sdk/component.ts";
import { knownBuilders, knownPostProcessors, knownProvisioners } from "./known-components.ts";
import type { ProblemList } from "./problem-list.ts";

const known: Readonly<Record<string, ReadonlySet<string>>> = {
  builder: knownBuilders,
  provisioner: knownProvisioners,
  "post-processor": knownPostProcessors,
};

/** Components of a template that are not native, to be named at once instead of one by one. */
export interface NotNative {
  add(kind: string, type: string, at: SourceRange | undefined): void;
  /** One warning that names them all. */
  notice(): readonly Diagnostic[];
}

export function notNativeComponents(): NotNative {
  const found = new Map<string, SourceRange | undefined>();
  return {
    add: (kind, type, at) => {
      const name = `${kind} "${type}"`;
      if (!found.has(name)) {
        found.set(name, at);
      }
    },
    notice: () => {
      const [first] = found;
      if (first === undefined) {
        return [];
      }
      const [name, subject] = first;
      const one = found.size === 1;
      return [
        {
          code: "component/not-native",
          severity: "warning",
          summary: one
            ? `The ${name} is not part of this version`
            : `${found.size} components are not part of this version`,
          detail: one
            ? "Its options are not checked; everything around it is."
            : `These are ${[...found.keys()].join(", ")}. Their options are not checked; everything around them is.`,
          subject,
        },
      ];
    },
  };
}

/** What a template asks for, and where. */
export interface WantedComponent {
  readonly kind: "builder" | "provisioner" | "post-processor";
  readonly type: string;
  readonly range: SourceRange | undefined;
}

/**
 * The component, or `undefined` after a report: an error for a type that nobody knows; for one of Packer's that has no
 * native part here an error too, unless they are gathered in `notNative` because only the form is being checked.
 */
export async function findComponent<C extends Component>(
  registry: Registry<C>,
  { kind, type, range: at }: WantedComponent,
  notNative: NotNative | undefined,
  problems: ProblemList,
): Promise<C | undefined> {
  const { component, isFaulty } = await askRegistry(registry, type, at, problems);
  if (component === undefined && !isFaulty) {
    reportMissing(registry, { kind, type, range: at }, notNative, problems);
  }
  return component;
}

/** A plugin that has it may turn out not to work, which is told at the place where the template names it. */
export async function askRegistry<C extends Component>(
  registry: Registry<C>,
  type: string,
  at: SourceRange | undefined,
  problems: ProblemList,
): Promise<{ readonly component: C | undefined; readonly isFaulty: boolean }> {
  try {
    return { component: await registry.get(type), isFaulty: false };
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) {
      throw thrown;
    }
    problems.add(thrown.diagnostics.map((diagnostic) => ({ ...diagnostic, subject: diagnostic.subject ?? at })));
    return { component: undefined, isFaulty: true };
  }
}

function reportMissing<C extends Component>(
  registry: Registry<C>,
  { kind, type, range: at }: WantedComponent,
  notNative: NotNative | undefined,
  problems: ProblemList,
): void {
  const doubts = registry.listDoubts?.(type) ?? [];
  if (known[kind]?.has(type)) {
    if (notNative !== undefined && !doubts.some(({ isFault }) => isFault)) {
      notNative.add(kind, type, at);
    } else {
      problems.error("component/not-native", at, `The ${kind} "${type}" is not part of this version`, {
        detail: [
          "Packer has it in a plugin; this version can read, inspect and validate templates with it, but not run it.",
          ...doubts.map(({ text }) => text),
        ].join("\n"),
      });
    }
    return;
  }
  const meant = didYouMean(type, [...registry.types(), ...(known[kind] ?? [])]);
  problems.error("component/unknown", at, `Unknown ${kind} "${type}"`, {
    detail: doubts.length === 0 ? undefined : doubts.map(({ text }) => text).join("\n"),
    hint: meant ? `did you mean "${meant}"?` : `The native ones are ${registry.types().join(", ")}.`,
  });
}
