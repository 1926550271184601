// Asks a plugin what components it has.
import { failure } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import type { InstalledPlugin } from "./installed.ts";

/** Milliseconds that a plugin gets to describe itself. */
const LIMIT = 60_000;

/** The word that stands for a component that is called as its plugin. */
const DEFAULT_NAME = "-packer-default-plugin-name-";

/** What a plugin has, by kind, under its own names. */
export interface Description {
  readonly version: string;
  /** The generation of the protocol: `x5.0`. */
  readonly api: string;
  readonly builders: readonly string[];
  readonly provisioners: readonly string[];
  readonly postProcessors: readonly string[];
  readonly dataSources: readonly string[];
  readonly usesProtobuf: boolean;
}

/** Throws `BuildError` when it does not answer as plugins do. */
export async function describePlugin(
  { path, name, version }: Pick<InstalledPlugin, "path" | "name" | "version">,
  host: Pick<Host, "processes" | "clock">,
): Promise<Description> {
  const refuse = (detail: string) =>
    failure("environment", "plugin/answer", `The plugin ${name} v${version} does not describe itself`, {
      detail,
      hint: `Run "${path} describe" to see what it says.`,
    });
  const late = () => refuse("It did not answer within a minute.");
  const { code, stdout, stderr } = await host.clock.within(
    LIMIT,
    undefined,
    (signal) => host.processes.run([path, "describe"], { signal, keep: 1 << 20 }),
    late,
  );
  if (code !== 0) {
    throw refuse(`It ended with ${code}: ${stderr.trim().split("\n").at(-1) ?? ""}`);
  }
  const read = readDescription(stdout);
  if (read === undefined) {
    throw refuse(`It printed ${JSON.stringify(stdout.slice(0, 200))} instead of a description.`);
  }
  return read;
}

function readDescription(text: string): Description | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || read === null) {
    return undefined;
  }
  const fields = read as Readonly<Record<string, unknown>>;
  const list = (field: string) => (Array.isArray(fields[field]) ? fields[field].map(String) : []);
  return {
    version: String(fields["version"] ?? ""),
    api: String(fields["api_version"] ?? ""),
    builders: list("builders"),
    provisioners: list("provisioners"),
    postProcessors: list("post_processors"),
    dataSources: list("datasources"),
    usesProtobuf: fields["protocol_version"] === "v2",
  };
}

/** What a plugin itself calls the component that templates call `type`; `undefined` when it has none of that name. */
export function findOwnName(type: string, prefix: string, names: readonly string[]): string | undefined {
  if (type === prefix) {
    return names.find((name) => name === DEFAULT_NAME);
  }
  return type.startsWith(`${prefix}-`) ? names.find((name) => name === type.slice(prefix.length + 1)) : undefined;
}

/** Components are called as their plugin, or begin with its name and a dash. */
export function isPrefix(name: string, type: string): boolean {
  return type === name || type.startsWith(`${name}-`);
}
