// What a component is made of, beside its own: options that it takes over with their checks.
import type { PrepareContext } from "../sdk/component.ts";

/** One step of a component; `Config` is its slice of the component's config. */
export interface Step<Config> {
  check?(config: Config, context: PrepareContext): void;
  /** Files and folders of this machine whose content goes into what is built. */
  reads?(config: Config): readonly string[];
}

/** Has every step report what is wrong with its options, in the order given. */
export function checkAll<Config>(
  steps: readonly Step<NoInfer<Config>>[],
  config: Config,
  context: PrepareContext,
): void {
  for (const step of steps) {
    step.check?.(config, context);
  }
}

/** All that the steps read. */
export function readsOfAll<Config>(steps: readonly Step<NoInfer<Config>>[], config: Config): readonly string[] {
  return steps.flatMap((step) => step.reads?.(config) ?? []);
}
