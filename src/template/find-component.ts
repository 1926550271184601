// Looks a component up by the type a template names, and says what is wrong when there is none.
import type { SourceRange } from "../diagnostic/diagnostic.ts";
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

/**
 * The component, or `undefined` after a report: an error for a type that nobody knows; for one of Packer's that has no
 * native part here an error too, or one notice when only the form is being checked.
 */
export function findComponent<C extends Component>(
  registry: Registry<C>,
  kind: "builder" | "provisioner" | "post-processor",
  type: string,
  at: SourceRange | undefined,
  formOnly: boolean,
  problems: ProblemList,
): C | undefined {
  const found = registry.get(type);
  if (found !== undefined) return found;
  if (known[kind]?.has(type)) {
    const report = formOnly ? problems.warning : problems.error;
    report("component/not-native", at, `The ${kind} "${type}" is not part of this version`, {
      detail: formOnly
        ? "Its options are not checked; everything around it is."
        : "Packer has it in a plugin; this version can read, inspect and validate templates with it, but not run it.",
    });
    return undefined;
  }
  const meant = didYouMean(type, [...registry.types(), ...(known[kind] ?? [])]);
  problems.error("component/unknown", at, `Unknown ${kind} "${type}"`, {
    hint: meant ? `did you mean "${meant}"?` : `The native ones are ${registry.types().join(", ")}.`,
  });
  return undefined;
}
