// What all components of plugins have in common: finding out their options, and starting them for a moment.
import { type FailureClass, failure } from "../../diagnostic/build-error.ts";
import { type PluginPart, type PluginWorld, type RunningPlugin, startPlugin } from "../process.ts";
import { RpcFault, readField } from "../wire/rpc.ts";
import { readGobSpec } from "../wire/spec/gob.ts";
import { readProtobufSpec } from "../wire/spec/protobuf.ts";
import type { ConfigSpec } from "../wire/spec/spec.ts";

/** A component of a plugin, and the world that its process lives in. */
export interface RemotePart extends PluginPart {
  /** What templates call it, such as `amazon-ebs`. */
  readonly type: string;
  readonly world: PluginWorld;
}

/** Starts the plugin, and ends it whatever happens. */
export async function withPlugin<T>(part: RemotePart, body: (plugin: RunningPlugin) => Promise<T>): Promise<T> {
  const plugin = await startPlugin(part, part.world);
  try {
    return await body(plugin);
  } finally {
    await plugin.close();
  }
}

/** Asks what a component can be told. `service` is how the protocol calls its kind. */
export function readSpec(part: RemotePart, service: string, method = "ConfigSpec"): Promise<ConfigSpec> {
  return withPlugin(part, async (plugin) => decodeSpec(part, await plugin.call(`${service}.${method}`), method));
}

export function decodeSpec(part: PluginPart, answer: unknown, name: string): ConfigSpec {
  const bytes = readField(answer, name);
  try {
    if (!(bytes instanceof Uint8Array)) {
      throw new Error("no bytes came");
    }
    return part.usesProtobuf ? readProtobufSpec(bytes) : readGobSpec(bytes);
  } catch (thrown) {
    throw failure("environment", "plugin/answer", `What the plugin ${part.title} says of its options cannot be read`, {
      detail: `It was asked for its ${part.kind} "${part.name}": ${thrown instanceof Error ? thrown.message : thrown}.`,
      hint: "Use another version of the plugin, or a native component.",
      cause: thrown,
    });
  }
}

/** What a plugin says went wrong, as a failure of the run; anything else stays what it is. */
export function asFailure(thrown: unknown, kind: FailureClass): unknown {
  return thrown instanceof RpcFault
    ? failure(kind, "plugin/failed", tidyFault(thrown.message), { cause: thrown })
    : thrown;
}

/** One line where Go made a list of a single error. */
export function tidyFault(text: string): string {
  const single = /^1 error(?:\(s\))? occurred:\n+\s*\* ([^\n]*)\s*$/.exec(text);
  return single?.[1] ?? text.trim();
}
