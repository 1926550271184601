// A login for an Amazon ECR registry: one signed request that gives a password good for twelve hours.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { type AwsAnswer, type AwsCall, callAws } from "../aws/call.ts";
import { type AwsAccess, findCredentials } from "../aws/credentials.ts";
import { asObject } from "../http-api/json.ts";
import { reportNoAnswer } from "../http-api/unreachable.ts";

/** What `docker login` wants. */
export interface EcrLogin {
  readonly username: string;
  readonly password: string;
}

/** Asks for a login to the registry at `server`. */
export async function fetchEcrLogin(
  host: Pick<Host, "env" | "homeDir" | "network" | "clock" | "random">,
  server: string,
  access: AwsAccess & { readonly publicRegistry?: boolean | undefined },
  signal: AbortSignal,
): Promise<EcrLogin> {
  const registry =
    access.publicRegistry || /^(https?:\/\/)?public\.ecr\.aws(\/|$)/.test(server)
      ? matchPublicRegistry(host.env)
      : matchPrivateRegistry(host.env, server);
  const credentials = await findCredentials(host, access, signal);
  const answer = await callAws(host, registry, credentials, signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const hint = "Check the address of the registry and the network.";
    throw reportNoAnswer("ecr/token", `Amazon ECR could not be reached at ${registry.url.host}`, thrown, hint);
  });
  if (answer.ok) {
    return readLogin(answer.values);
  }
  throw failure(answer.status >= 500 ? "network" : "auth", "ecr/token", "Amazon ECR refused to give a login", {
    detail: answer.said,
    hint: "The credentials need the permission ecr:GetAuthorizationToken.",
  });
}

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com` and its forms for China and FIPS. */
function matchPrivateRegistry(env: Host["env"], server: string): AwsCall {
  const [, account, fips, region, suffix] =
    /^(?:https?:\/\/)?(\d+)\.dkr\.ecr(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)(?:\/|$)/.exec(server) ?? [];
  if (account === undefined || region === undefined) {
    throw failure("template", "ecr/server", `Failed to parse the ECR URL: ${server}`, {
      detail: "It should look like ACCOUNT.dkr.ecr.REGION.amazonaws.com.",
      hint: 'Correct "login_server", or leave "ecr_login" out for another registry.',
    });
  }
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
function matchPublicRegistry(env: Host["env"]): AwsCall {
  return {
    url: new URL(
      "/",
      env["AWS_ENDPOINT_URL_ECR_PUBLIC"] || env["AWS_ENDPOINT_URL"] || "https://api.ecr-public.us-east-1.amazonaws.com",
    ),
    region: "us-east-1",
    service: "ecr-public",
    target: "SpencerFrontendService.GetAuthorizationToken",
    body: "{}",
  };
}

/** A private registry gives a list, the public one a single entry. */
function readLogin({ authorizationData: data }: AwsAnswer["values"]): EcrLogin {
  const token = asObject(Array.isArray(data) ? data[0] : data)?.["authorizationToken"];
  const [username, ...password] = Buffer.from(typeof token === "string" ? token : "", "base64")
    .toString("utf8")
    .split(":");
  if (username && password.length > 0) {
    return { username, password: password.join(":") };
  }
  throw failure("auth", "ecr/token", "Amazon ECR's answer holds no login");
}
