// Decodes and checks a component's options as a template would, without a template.

import { openFileGate } from "../../src/host/file-gate.ts";
import type { PublishedName } from "../../src/sdk/build-data.ts";
import type { Component, PrepareContext } from "../../src/sdk/component.ts";
import type { ConfigOf, OptionSchema } from "../../src/sdk/option.ts";
import { decodeOptions } from "../../src/template/decode-options.ts";
import { toValue } from "../../src/template/raw-to-value.ts";
import { type RawMap, toRaw } from "../../src/template/raw-value.ts";

export interface PreparedOptions<S extends OptionSchema> {
  readonly config: ConfigOf<S>;
  /** Everything that is wrong: the option, then the summary; what decoding finds by its code. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Names that a builder publishes. */
  readonly generates: readonly PublishedName[];
}

/** The finished configuration of a component with what its checks said about it. */
export async function prepareOptions<S extends OptionSchema>(
  component: Component<Component["kind"], S>,
  given: Readonly<Record<string, unknown>>,
  context: Partial<PrepareContext> = {},
): Promise<PreparedOptions<S>> {
  const label = `${component.kind} "${component.type}"`;
  const decoded = decodeOptions({ schema: component.options, body: toRaw(given) as RawMap, label, range: undefined });
  const problems = decoded.diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, summary }) => `${code}: ${summary}`);
  const warnings = decoded.diagnostics.filter(({ severity }) => severity === "warning").map(({ summary }) => summary);
  const generates: PublishedName[] = [];
  const config = decoded.config as ConfigOf<S>;
  await component.prepare?.(config, {
    problem: (option, summary) => void problems.push(`${option}: ${summary}`),
    warn: (_option, summary) => void warnings.push(summary),
    generates: (...names) => void generates.push(...names),
    isSet: (option) => decoded.set.has(option),
    isPending: () => false,
    rawConfig: toValue(toRaw(given)),
    build: { name: "test", builderType: "null" },
    settings: { force: false, debug: false, onError: "cleanup", packerVersion: "1.11.2" },
    host: {
      platform: "linux",
      cwd: process.cwd(),
      env: {},
      homeDir: "/home/tester",
      files: openFileGate(),
      tempDir: "/nowhere/tmp",
      cacheDir: "/nowhere/cache",
    },
    ...context,
  });
  return { config, problems, warnings, generates };
}

/** The finished configuration of a component; throws when there is anything wrong with it. */
export async function configOf<S extends OptionSchema>(
  component: Component<Component["kind"], S>,
  given: Readonly<Record<string, unknown>>,
  context: Partial<PrepareContext> = {},
): Promise<ConfigOf<S>> {
  const { config, problems } = await prepareOptions(component, given, context);
  if (problems.length > 0) {
    throw new Error(`The options are wrong: ${problems.join("; ")}`);
  }
  return config;
}
