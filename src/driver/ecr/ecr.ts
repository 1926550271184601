// A login for an Amazon ECR registry: one signed request that gives a password good for twelve hours.
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { type AwsAccess, findCredentials } from "../aws/credentials.ts";
import { signedHeaders } from "../aws/sign.ts";

/** What `docker login` wants. */
export interface EcrLogin {
  readonly username: string;
  readonly password: string;
}

interface Registry {
  readonly url: URL;
  readonly region: string;
  readonly service: string;
  readonly target: string;
  readonly body: string;
}

/** Asks for a login to the registry at `server`. */
export async function ecrLogin(
  host: Pick<Host, "env" | "homeDir" | "network" | "clock">,
  server: string,
  access: AwsAccess & { readonly publicRegistry?: boolean },
  signal: AbortSignal,
): Promise<EcrLogin> {
  const registry =
    access.publicRegistry || /^(https?:\/\/)?public\.ecr\.aws(\/|$)/.test(server)
      ? publicRegistry(host.env)
      : privateRegistry(host.env, server);
  const credentials = await findCredentials(host, access, signal);
  const request = {
    method: "POST",
    url: registry.url,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": registry.target },
    body: registry.body,
  };
  const { host: _, ...headers } = signedHeaders(request, registry, credentials, host.clock.now());
  const response = await host.network.fetch(registry.url, { method: "POST", headers, body: registry.body, signal }).catch((thrown) => {
    signal.throwIfAborted();
    throw failure("network", "ecr/token", `Amazon ECR could not be reached at ${registry.url.host}`, {
      detail: messageOf(thrown),
      cause: thrown,
    });
  });
  const text = await response.text();
  if (!response.ok) throw refused(response.status, text);
  return loginOf(text);
}

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com` and its forms for China and FIPS. */
function privateRegistry(env: Host["env"], server: string): Registry {
  const [, account, fips, region, suffix] =
    /^(?:https?:\/\/)?(\d+)\.dkr\.ecr(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)(?:\/|$)/.exec(server) ?? [];
  if (account === undefined || region === undefined)
    throw failure("template", "ecr/server", `Failed to parse the ECR URL: ${server}`, {
      detail: "It should look like ACCOUNT.dkr.ecr.REGION.amazonaws.com.",
      hint: 'Correct "login_server", or leave "ecr_login" out for another registry.',
    });
  const own = `https://${fips === undefined ? "api.ecr" : "ecr-fips"}.${region}.${suffix}`;
  return {
    url: new URL("/", env["AWS_ENDPOINT_URL_ECR"] || env["AWS_ENDPOINT_URL"] || own),
    region,
    service: "ecr",
    target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
    body: JSON.stringify({ registryIds: [account] }),
  };
}

/** Public registries are all served from one region. */
function publicRegistry(env: Host["env"]): Registry {
  return {
    url: new URL("/", env["AWS_ENDPOINT_URL_ECR_PUBLIC"] || env["AWS_ENDPOINT_URL"] || "https://api.ecr-public.us-east-1.amazonaws.com"),
    region: "us-east-1",
    service: "ecr-public",
    target: "SpencerFrontendService.GetAuthorizationToken",
    body: "{}",
  };
}

function loginOf(text: string): EcrLogin {
  const { authorizationData: data } = parsed(text) as { authorizationData?: TokenData | readonly TokenData[] };
  const token = (Array.isArray(data) ? (data as readonly TokenData[])[0] : (data as TokenData | undefined))?.authorizationToken ?? "";
  const [username, ...password] = Buffer.from(token, "base64").toString("utf8").split(":");
  if (username && password.length > 0) return { username, password: password.join(":") };
  throw failure("auth", "ecr/token", "Amazon ECR's answer holds no login");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    // Something else answers at this address.
    return {};
  }
}

interface TokenData {
  readonly authorizationToken?: string;
}

function refused(status: number, text: string): Error {
  const [, type] = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(text) ?? [];
  const [, message] = /"message"\s*:\s*"([^"]*)"/i.exec(text) ?? [];
  return failure(status >= 500 ? "network" : "auth", "ecr/token", "Amazon ECR refused to give a login", {
    detail: `${type ?? `HTTP status ${status}`}${message === undefined ? "" : `: ${message}`}`,
    hint: "The credentials need the permission ecr:GetAuthorizationToken.",
  });
}
