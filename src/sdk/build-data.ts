// The values that every build has as `build.NAME`: one table for planning, running, hiding and comparing.
import type { GeneratedValue } from "./artifact.ts";
import { NO_CONNECTION } from "./communicator.ts";
import type { OptionType } from "./option.ts";

/** One of them. */
export interface BuildValue {
  readonly type: "string" | "number" | "bool";
  /** False for what templates cannot name before anything runs. */
  readonly isPlanned?: boolean | undefined;
  /** Must not be seen. */
  readonly isSecret?: boolean | undefined;
  /** What it is until a builder or a connection says better; without it there is no value. */
  readonly initial?: string | number | boolean | undefined;
  /** What a template is given in place of a value that the builder does not have. The text is Packer's. */
  readonly absent?: string | undefined;
}

const values = {
  ID: { type: "string", absent: "ERR_ID_NOT_IMPLEMENTED_BY_BUILDER" },
  Host: { type: "string", initial: "" },
  Port: { type: "number", initial: 0 },
  User: { type: "string", initial: "" },
  Password: { type: "string", initial: "", isSecret: true },
  ConnType: { type: "string", initial: NO_CONNECTION },
  PackerRunUUID: { type: "string" },
  PackerHTTPPort: { type: "number", absent: "ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER" },
  PackerHTTPIP: { type: "string", absent: "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER" },
  PackerHTTPAddr: { type: "string", absent: "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER" },
  SSHPublicKey: { type: "string", initial: "" },
  SSHPrivateKey: { type: "string", initial: "", isSecret: true },
  SSHPrivateKeyFile: { type: "string", initial: "", isPlanned: false },
  SSHAgentAuth: { type: "bool", initial: false, isPlanned: false },
  WinRMPassword: { type: "string", initial: "", isSecret: true },
} as const satisfies Readonly<Record<string, BuildValue>>;

/** The common values by their names. */
export const buildValues: Readonly<Record<string, BuildValue>> = Object.freeze(values);

/** What a builder is going to publish of its own: a text under this name, unless it says the type. */
export type PublishedName = string | { readonly name: string; readonly type: OptionType };

/** Types by the names that a template may use: the common ones, then those that its builder publishes. */
export function listPlannedTypes(generates: readonly PublishedName[]): ReadonlyMap<string, OptionType> {
  const common = Object.entries(buildValues).filter(([, { isPlanned }]) => isPlanned !== false);
  return new Map<string, OptionType>([
    ...common.map(([name, { type }]) => [name, { is: type }] as const),
    ...generates.map((one) =>
      typeof one === "string" ? ([one, { is: "string" }] as const) : ([one.name, one.type] as const),
    ),
  ]);
}

/** What stands for a value of the run as long as there is none: `ID` is `Build_ID`. */
export function standInFor(name: string, { is }: OptionType): GeneratedValue {
  const text = `Build_${name}`;
  if (is === "map" || is === "object") {
    return { [text]: text };
  }
  if (is === "list" || is === "set") {
    return [text];
  }
  return is === "number" ? 0 : text;
}

/** Texts for the names that have no value in `known`. */
export function listAbsentTexts(known: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const absent = Object.entries(buildValues).flatMap(([name, value]) =>
    value.absent === undefined || Object.hasOwn(known, name) ? [] : [[name, value.absent] as const],
  );
  return Object.fromEntries(absent);
}
