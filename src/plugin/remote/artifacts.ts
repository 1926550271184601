// Artifacts across the border: a plugin's as ours, ours as a plugin sees them.

import { readMessage } from "../../diagnostic/build-error.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import type { PluginService } from "../process.ts";
import { type RpcService, readField, readText } from "../wire/rpc.ts";
import { readData, readTexts } from "./plain-data.ts";

/** Asks for what is fixed, and keeps the way to the rest. `close` lets go of the plugin that made it. */
export async function readArtifact(client: PluginService, close: () => Promise<void>): Promise<Artifact> {
  const [builderId, id, files, text] = await Promise.all([
    client.call("Artifact.BuilderId"),
    client.call("Artifact.Id"),
    client.call("Artifact.Files"),
    client.call("Artifact.String"),
  ]);
  return {
    builderId: readText(builderId),
    id: readText(id),
    files: readTexts(files),
    describe: () => readText(text),
    state: async (name) => {
      const value = await client.call("Artifact.State", name);
      return name === "generated_data" ? readData(value) : (value ?? undefined);
    },
    destroy: async () => {
      // A failure is told in the body of a call that went well.
      const message = readText(readField(await client.call("Artifact.Destroy"), "Message"));
      if (message !== "") {
        throw new Error(message);
      }
    },
    close,
  };
}

/** What a plugin's post-processor may ask about the artifact it is given. */
export function serveArtifact(artifact: Artifact): RpcService {
  return {
    BuilderId: () => artifact.builderId,
    Files: () => [...artifact.files],
    Id: () => artifact.id,
    String: () => artifact.describe(),
    State: async (name) => (await artifact.state(readText(name))) ?? null,
    Destroy: async () => {
      try {
        await artifact.destroy();
        return null;
      } catch (thrown) {
        return { Message: readMessage(thrown) };
      }
    },
  };
}
