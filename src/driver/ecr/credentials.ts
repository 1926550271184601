// AWS credentials from where AWS's own tools look for them: given, environment, profile, container role, instance role.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import type { AwsCredentials } from "./signature.ts";

/** What the user gave; empty fields count as not given. */
export interface AwsAccess {
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly token?: string | undefined;
  readonly profile?: string | undefined;
}

type Surroundings = Pick<Host, "env" | "homeDir" | "network">;

/** The first complete credentials. Throws when there are none, or only half of them where they are looked for. */
export async function findCredentials(host: Surroundings, access: AwsAccess, signal: AbortSignal): Promise<AwsCredentials> {
  if (access.accessKey || access.secretKey)
    return complete("aws_access_key and aws_secret_key", access.accessKey, access.secretKey, access.token);
  if (access.profile) return (await profileCredentials(host, access.profile)) ?? missingProfile(access.profile);
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token, AWS_PROFILE: profile } = host.env;
  if (id || secret) return complete("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", id, secret, token);
  const found = await profileCredentials(host, profile || "default");
  if (found !== undefined) return found;
  if (profile) return missingProfile(profile);
  return (await containerRole(host, signal)) ?? (await instanceRole(host, signal)) ?? none();
}

function complete(names: string, id: string | undefined, secret: string | undefined, token: string | undefined): AwsCredentials {
  if (id && secret) return { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) };
  throw failure("auth", "ecr/credentials", `Both ${names} must be set, or neither`);
}

function missingProfile(profile: string): never {
  throw failure("auth", "ecr/credentials", `The AWS profile "${profile}" has no access keys`, {
    detail: "It was looked for in the shared credentials and config files.",
    hint: "Check the name, or set AWS_SHARED_CREDENTIALS_FILE. Profiles that assume roles or use single sign-on must be turned into keys first.",
  });
}

function none(): never {
  throw failure("auth", "ecr/credentials", "No AWS credentials were found", {
    detail:
      "Looked at aws_access_key, aws_profile, the AWS_* environment variables, the shared credentials file, and the container's and instance's role.",
    hint: "In a workflow, aws-actions/configure-aws-credentials sets them.",
  });
}

/** Keys of a profile, from the credentials file and then the config file. */
async function profileCredentials(host: Surroundings, profile: string): Promise<AwsCredentials | undefined> {
  const { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config } = host.env;
  const places = [
    [credentials || join(host.homeDir, ".aws", "credentials"), profile],
    [config || join(host.homeDir, ".aws", "config"), profile === "default" ? "default" : `profile ${profile}`],
  ] as const;
  for (const [path, section] of places) {
    const text = await readFile(path, "utf8").catch(() => "");
    const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = sectionOf(text, section);
    if (id || secret) return complete(`aws_access_key_id and aws_secret_access_key of ${path}`, id, secret, token);
  }
  return undefined;
}

function sectionOf(text: string, wanted: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) inside = header.replaceAll(/\s+/g, " ") === wanted;
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && name !== undefined && value !== undefined) found[name] = value;
  }
  return found;
}

/** The role of a task or pod; its address is in the environment. */
async function containerRole(host: Surroundings, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = host.env;
  const url = relative ? `http://169.254.170.2${relative}` : full;
  if (!url) return undefined;
  const tokenFile = host.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = tokenFile ? (await readFile(tokenFile, "utf8")).trim() : host.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  return roleKeys(await asked(host, url, { headers: token ? { authorization: token } : {} }, signal));
}

/** The role of a virtual machine, from its metadata service (version 2). Not answering at once means that this is none. */
async function instanceRole(host: Surroundings, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  if (host.env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true") return undefined;
  const base = `${host.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || "http://169.254.169.254"}/latest`;
  const token = await asked(
    host,
    `${base}/api/token`,
    { method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "300" } },
    signal,
  );
  if (token === undefined) return undefined;
  const headers = { "x-aws-ec2-metadata-token": token };
  const roles = `${base}/meta-data/iam/security-credentials/`;
  const role = (await asked(host, roles, { headers }, signal))?.split("\n")[0];
  return role ? roleKeys(await asked(host, roles + role, { headers }, signal)) : undefined;
}

async function asked(host: Surroundings, url: string, init: RequestInit, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await host.network.fetch(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(1000)]) });
    return response.ok ? (await response.text()).trim() : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function roleKeys(text: string | undefined): AwsCredentials | undefined {
  if (text === undefined) return undefined;
  const keys = JSON.parse(text) as { AccessKeyId?: string; SecretAccessKey?: string; Token?: string };
  return keys.AccessKeyId ? complete("AccessKeyId and SecretAccessKey", keys.AccessKeyId, keys.SecretAccessKey, keys.Token) : undefined;
}
