// The region of AWS to talk to, from where AWS's own tools look for it.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import type { CallHost } from "../http-api/call.ts";
import { askInstanceMetadata } from "./metadata.ts";
import { chooseProfile, readProfileSettings } from "./profile.ts";

/** The region of the environment, the profile or the machine; throws when nobody tells. */
export async function findRegion(host: CallHost & Pick<Host, "env" | "homeDir">, signal: AbortSignal): Promise<string> {
  const own = host.env["AWS_REGION"] || host.env["AWS_DEFAULT_REGION"];
  if (own) {
    return own;
  }
  for (const { settings } of await readProfileSettings(host, chooseProfile(host.env) ?? "default")) {
    if (settings["region"]) {
      return settings["region"];
    }
  }
  const metadata = await askInstanceMetadata(host, signal);
  const here = await metadata?.("placement/region");
  if (here) {
    return here;
  }
  throw failure("auth", "aws/region", "No AWS region was found", {
    hint: "Set AWS_REGION, such as AWS_REGION=eu-central-1.",
  });
}
