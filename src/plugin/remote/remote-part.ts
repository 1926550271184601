// What all components of plugins have in common: finding out their options, and starting them for a moment.
import { BuildError, type FailureClass, failure, readMessage } from "../../diagnostic/build-error.ts";
import type { PluginMemory } from "../memory.ts";
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
  readonly memory: PluginMemory;
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

/** Asks what a component can be told, or gives. `service` is how the protocol calls its kind. */
export async function readSpec(
  part: RemotePart,
  service: string,
  subject: "ConfigSpec" | "OutputSpec" = "ConfigSpec",
): Promise<ConfigSpec> {
  const question = [part.kind, part.name, subject, part.usesProtobuf].join(" ");
  try {
    const bytes = await part.memory.recall(question, () => askForSpec(part, service, subject));
    return part.usesProtobuf ? readProtobufSpec(bytes) : readGobSpec(bytes);
  } catch (thrown) {
    if (thrown instanceof BuildError) {
      throw thrown;
    }
    throw failure("environment", "plugin/answer", `What the plugin ${part.title} says of its options cannot be read`, {
      detail: `It was asked for its ${part.kind} "${part.name}": ${readMessage(thrown)}.`,
      hint: "Use another version of the plugin, or a native component.",
      cause: thrown,
    });
  }
}

function askForSpec(part: RemotePart, service: string, subject: string): Promise<Uint8Array> {
  return withPlugin(part, async (plugin) => {
    const bytes = readField(await plugin.ask(`${service}.${subject}`), subject);
    if (!(bytes instanceof Uint8Array)) {
      throw new Error("no bytes came");
    }
    return bytes;
  });
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
