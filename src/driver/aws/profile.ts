// The shared files in which AWS's tools keep profiles.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../../host/host.ts";

/** A profile's settings in one of the files. */
export interface ProfileSettings {
  readonly path: string;
  readonly settings: Readonly<Record<string, string | undefined>>;
}

/** The profile that the environment chooses; `undefined` when it leaves the choice to `default`. */
export function chooseProfile(env: Host["env"]): string | undefined {
  return env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || undefined;
}

/** What the credentials file and then the config file say about a profile. */
export async function readProfileSettings(
  host: Pick<Host, "env" | "homeDir">,
  profile: string,
): Promise<readonly ProfileSettings[]> {
  const { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config } = host.env;
  const places = [
    [credentials || join(host.homeDir, ".aws", "credentials"), profile],
    [config || join(host.homeDir, ".aws", "config"), profile === "default" ? "default" : `profile ${profile}`],
  ] as const;
  return Promise.all(
    places.map(async ([path, section]) => ({
      path,
      settings: readSection(await readFile(path, "utf8").catch(() => ""), section),
    })),
  );
}

function readSection(text: string, wanted: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      inside = header.replaceAll(/\s+/g, " ") === wanted;
    }
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && name !== undefined && value !== undefined) {
      found[name] = value;
    }
  }
  return found;
}
