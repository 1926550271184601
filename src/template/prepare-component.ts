// Lets a component check what its option schema cannot say.
import { objectValue, type Value } from "../cty/value.ts";
import { BuildError } from "../diagnostic/build-error.ts";
import type { PublishedName } from "../sdk/build-data.ts";
import type { Component, PrepareContext } from "../sdk/component.ts";
import type { Decoded } from "./decode-options.ts";
import type { NotePaths } from "./path-notes.ts";
import { problemList } from "./problem-list.ts";
import { toValue } from "./raw-to-value.ts";

/** What surrounds a component while it is prepared. */
export interface PrepareScope extends Pick<PrepareContext, "build" | "settings" | "host" | "communicator"> {
  /** For people: `provisioner "shell"`. */
  readonly label: string;
  readonly notePaths?: NotePaths | undefined;
}

export interface PrepareResult extends Decoded {
  readonly rawConfig: Value;
  /** Names that a builder publishes. */
  readonly generates: readonly PublishedName[];
}

export async function prepareComponent(
  component: Component,
  decoded: Decoded,
  scope: PrepareScope,
): Promise<PrepareResult> {
  const nothingSaid = leaveUnprepared(decoded);
  // A component relies on the types of its options; it is not asked about a body that does not fit them.
  const broken = decoded.diagnostics.some(
    ({ severity, code }) => severity === "error" && (code === "option/wrong-type" || code === "option/duration"),
  );
  if (broken) {
    return nothingSaid;
  }
  const { label, notePaths, ...surroundings } = scope;
  notePaths?.(component, label, decoded, scope.build);
  if (component.prepare === undefined) {
    return nothingSaid;
  }
  const generates: PublishedName[] = [];
  const problems = problemList(label);
  const heldBack = (option: string): boolean => decoded.pending.has(option.split(/[.[]/)[0] ?? "");
  const context: PrepareContext = {
    ...surroundings,
    rawConfig: nothingSaid.rawConfig,
    problem: (option, summary, more) => {
      if (!heldBack(option) && !decoded.missing.has(option)) {
        problems.error("option/invalid", decoded.rangeOf(option), summary, more);
      }
    },
    warn: (option, summary) => problems.warning("option/doubtful", decoded.rangeOf(option), summary),
    generates: (...names) => generates.push(...names),
    isSet: (option) => decoded.set.has(option),
    isPending: (option) => decoded.pending.has(option),
  };
  try {
    await component.prepare(decoded.config, context);
  } catch (thrown) {
    // A component that lives elsewhere may fail before it can check anything.
    if (!(thrown instanceof BuildError)) {
      throw thrown;
    }
    problems.add(thrown.diagnostics.map((one) => ({ subject: decoded.rangeOf(""), within: label, ...one })));
  }
  return { ...nothingSaid, diagnostics: [...decoded.diagnostics, ...problems.all], generates };
}

/** What is known of a component that was not asked. */
export function leaveUnprepared(decoded: Decoded): PrepareResult {
  const rawConfig = objectValue([...decoded.values].map(([name, value]) => [name, toValue(value)] as const));
  return { ...decoded, rawConfig, generates: [] };
}
