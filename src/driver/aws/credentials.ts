// AWS credentials from where AWS's own tools look for them: given, environment, profile, container role, instance role.
import { readFile } from "node:fs/promises";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import type { CallHost } from "../http-api/call.ts";
import { readJsonObject } from "../http-api/json.ts";
import { askInstanceMetadata, fetchText } from "./metadata.ts";
import { chooseProfile, readProfileSettings } from "./profile.ts";
import type { AwsCredentials } from "./sign.ts";

/** What the user gave; empty fields count as not given. */
export interface AwsAccess {
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly token?: string | undefined;
  readonly profile?: string | undefined;
}

type Surroundings = CallHost & Pick<Host, "env" | "homeDir">;

/** The first complete credentials. Throws when there are none, or only half of them where they are looked for. */
export async function findCredentials(
  host: Surroundings,
  access: AwsAccess,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  if (access.accessKey || access.secretKey) {
    return complete("the access key and the secret key", access.accessKey, access.secretKey, access.token);
  }
  if (access.profile) {
    return (await readProfileCredentials(host, access.profile)) ?? throwMissingProfile(access.profile);
  }
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = host.env;
  if (id || secret) {
    return complete("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", id, secret, token);
  }
  const profile = chooseProfile(host.env);
  const found = await readProfileCredentials(host, profile ?? "default");
  if (found !== undefined) {
    return found;
  }
  if (profile !== undefined) {
    return throwMissingProfile(profile);
  }
  return (await askContainerRole(host, signal)) ?? (await askInstanceRole(host, signal)) ?? throwNoCredentials();
}

function complete(
  names: string,
  id: string | undefined,
  secret: string | undefined,
  token: string | undefined,
): AwsCredentials {
  if (id && secret) {
    const lasting = { accessKeyId: id, secretAccessKey: secret };
    return token ? { ...lasting, sessionToken: token } : lasting;
  }
  throw failure("auth", "aws/credentials", `Only one of ${names} is set`, { hint: "AWS needs both." });
}

function throwMissingProfile(profile: string): never {
  throw failure("auth", "aws/credentials", `The AWS profile "${profile}" has no access keys`, {
    detail: "It was looked for in the shared credentials and config files.",
    hint: "Check the name, or set AWS_SHARED_CREDENTIALS_FILE. Profiles that assume roles or use single sign-on must be turned into keys first.",
  });
}

function throwNoCredentials(): never {
  throw failure("auth", "aws/credentials", "No AWS credentials were found", {
    detail:
      "Looked at the options given, the AWS_* environment variables, the shared credentials and config files, and the container's and instance's role.",
    hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE. In a workflow, aws-actions/configure-aws-credentials sets them.",
  });
}

/** Keys of a profile, from the credentials file and then the config file. */
async function readProfileCredentials(host: Surroundings, profile: string): Promise<AwsCredentials | undefined> {
  for (const { path, settings } of await readProfileSettings(host, profile)) {
    const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = settings;
    if (id || secret) {
      return complete(`aws_access_key_id and aws_secret_access_key of ${path}`, id, secret, token);
    }
  }
  return undefined;
}

/** The role of a task or pod; its address is in the environment. */
async function askContainerRole(host: Surroundings, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = host.env;
  const url = relative ? `http://169.254.170.2${relative}` : full;
  if (!url) {
    return undefined;
  }
  const token = await readContainerToken(host.env);
  return readRoleKeys(await fetchText(host, url, { headers: token ? { authorization: token } : {} }, signal));
}

async function readContainerToken(env: Host["env"]): Promise<string | undefined> {
  const file = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  if (!file) {
    return env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  }
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw failure("auth", "aws/credentials", `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE could not be read`, {
      detail: cause.message,
      cause,
    });
  });
  return text.trim();
}

/** The role of a virtual machine. */
async function askInstanceRole(host: Surroundings, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  const metadata = await askInstanceMetadata(host, signal);
  const roles = "iam/security-credentials/";
  const role = (await metadata?.(roles))?.split("\n")[0];
  return role ? readRoleKeys(await metadata?.(roles + role)) : undefined;
}

function readRoleKeys(answer: string | undefined): AwsCredentials | undefined {
  // Something else may answer at this address.
  const keys = readJsonObject(answer ?? "") ?? {};
  const [id, secret, token] = ["AccessKeyId", "SecretAccessKey", "Token"].map((name) => {
    const value = keys[name];
    return typeof value === "string" ? value : undefined;
  });
  return id ? complete("AccessKeyId and SecretAccessKey", id, secret, token) : undefined;
}
