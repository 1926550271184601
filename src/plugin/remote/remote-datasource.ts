// A plugin's data source as ours.
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { type DataSource, defineDataSource } from "../../sdk/datasource.ts";
import type { Json } from "../../sdk/run.ts";
import { readCtyGob } from "../wire/cty-gob.ts";
import { writeValue } from "../wire/cty-json.ts";
import { readCtyMsgpack } from "../wire/cty-msgpack.ts";
import { RpcFault, readField, readText } from "../wire/rpc.ts";
import { writeConfig } from "./configuration.ts";
import { readOptions, readOutputs } from "./options.ts";
import { asFailure, type RemotePart, readSpec, tidyFault, withPlugin } from "./remote-part.ts";

/** Asks the plugin what the data source can be told and what it gives, and makes a data source of it. */
export async function remoteDataSource(part: RemotePart): Promise<DataSource> {
  const [spec, outputs] = await Promise.all([readSpec(part, "Datasource"), readSpec(part, "Datasource", "OutputSpec")]);
  const configure = { Configs: [] as unknown[] };
  return defineDataSource({
    type: part.type,
    summary: `The data source ${part.type} of the plugin ${part.title}.`,
    options: readOptions(spec),
    outputs: readOutputs(outputs),
    prepare: (_config, context) =>
      withPlugin(part, async (plugin) => {
        const argument = { ...configure, Configs: [writeConfig(spec, context.rawConfig)] };
        const fault = await plugin.ask("Datasource.Configure", argument).then(
          (answer) => readText(readField(readField(answer, "Error"), "Message")),
          (thrown: unknown) => {
            if (thrown instanceof RpcFault) {
              return readMessage(thrown);
            }
            throw thrown;
          },
        );
        if (fault !== "") {
          context.problem("", tidyFault(fault));
        }
      }),
    read: (_config, run) =>
      withPlugin(part, async (plugin) => {
        const stop = () => void plugin.call("Datasource.Cancel").catch(() => {});
        run.signal.addEventListener("abort", stop, { once: true });
        try {
          await plugin.ask("Datasource.Configure", { Configs: [writeConfig(spec, run.rawConfig)] });
          const answer = await plugin.call("Datasource.Execute");
          const fault = readText(readField(readField(answer, "Error"), "Message"));
          if (fault !== "") {
            throw failure("environment", "plugin/failed", tidyFault(fault));
          }
          return readAnswer(answer, part);
        } catch (thrown) {
          run.signal.throwIfAborted();
          throw asFailure(thrown, "environment");
        } finally {
          run.signal.removeEventListener("abort", stop);
        }
      }),
  }) as DataSource;
}

function readAnswer(answer: unknown, part: RemotePart): Readonly<Record<string, Json>> {
  const bytes = readField(answer, "Value");
  try {
    if (!(bytes instanceof Uint8Array)) {
      throw new Error("no bytes came");
    }
    const value = part.usesProtobuf ? readCtyMsgpack(bytes) : readCtyGob(bytes);
    return JSON.parse(writeValue(value)) as Readonly<Record<string, Json>>;
  } catch (thrown) {
    throw failure("environment", "plugin/answer", `What the plugin ${part.title} answered cannot be read`, {
      detail: `It was asked to read the data source "${part.type}": ${readMessage(thrown)}.`,
      cause: thrown,
    });
  }
}
