// AWS Secrets Manager: one signed request for one secret.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { type AwsAnswer, callAws } from "../aws/call.ts";
import { findCredentials } from "../aws/credentials.ts";
import { findRegion } from "../aws/region.ts";
import { readJsonObject } from "../http-api/json.ts";
import { reportNoAnswer } from "../http-api/unreachable.ts";

/** Which secret, and what of it. */
export interface AwsSecretQuery {
  /** The secret's name or ARN. */
  readonly name: string;
  /** The key to take out of a secret that is a JSON object. */
  readonly key?: string | undefined;
  /** The text as it is, whatever it looks like. */
  readonly raw?: boolean | undefined;
}

type Surroundings = Pick<Host, "env" | "homeDir" | "network" | "clock" | "random">;

/** A secret's text, or one value of it: without a key, a JSON object must have a single one. */
export async function fetchAwsSecret(host: Surroundings, query: AwsSecretQuery, signal: AbortSignal): Promise<string> {
  const text = await readSecretText(host, query.name, signal);
  return query.raw ? text : findValue(text, query.name, query.key);
}

async function readSecretText(host: Surroundings, name: string, signal: AbortSignal): Promise<string> {
  const region = await chooseRegion(host, name, signal);
  const credentials = await findCredentials(host, {}, signal);
  const url = new URL("/", findEndpoint(host.env, region));
  const body = JSON.stringify({ SecretId: name, VersionStage: "AWSCURRENT" });
  const call = { url, region, service: "secretsmanager", target: "secretsmanager.GetSecretValue", body };
  const answer = await callAws(host, call, credentials, signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const hint = "Check the region in AWS_REGION and the network.";
    throw reportNoAnswer(
      "aws-secrets/unreachable",
      `AWS Secrets Manager could not be reached at ${url.host}`,
      thrown,
      hint,
    );
  });
  if (!answer.ok) {
    throw explainRefusal(name, region, answer);
  }
  const { SecretString: text } = answer.values;
  if (typeof text === "string") {
    return text;
  }
  throw failure("template", "aws-secrets/value", `The AWS secret "${name}" is not text`, {
    hint: "Binary secrets cannot be used in a template. Store the value as text, for example in Base64.",
  });
}

/** A full ARN says where its secret lives; that helps when nothing else does. */
async function chooseRegion(host: Surroundings, name: string, signal: AbortSignal): Promise<string> {
  const [, inArn] = /^arn:[^:]*:secretsmanager:([^:]+):/.exec(name) ?? [];
  const { AWS_REGION, AWS_DEFAULT_REGION } = host.env;
  return AWS_REGION || AWS_DEFAULT_REGION || inArn || findRegion(host, signal);
}

function findEndpoint(env: Host["env"], region: string): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return (
    env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] || env["AWS_ENDPOINT_URL"] || `https://secretsmanager.${region}.${suffix}`
  );
}

function findValue(text: string, name: string, key: string | undefined): string {
  const values = readJsonObject(text);
  if (key) {
    const value = values?.[key];
    if (value !== undefined && value !== null) {
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    }
    throw failure("template", "aws-secrets/value", `The AWS secret "${name}" has no key "${key}"`, {
      detail:
        values === undefined
          ? "It is plain text, not a JSON object."
          : `It has ${Object.keys(values).length} other keys.`,
    });
  }
  if (values === undefined) {
    return text;
  }
  const keys = Object.keys(values);
  if (keys.length === 1 && keys[0] !== undefined) {
    return findValue(text, name, keys[0]);
  }
  throw failure("template", "aws-secrets/value", `The AWS secret "${name}" has ${keys.length} keys`, {
    hint: "Name the one you want after the name of the secret.",
  });
}

function explainRefusal(name: string, region: string, { status, reason, said: detail }: AwsAnswer): Error {
  if (reason === "ResourceNotFoundException") {
    const hint = "Check the name and AWS_REGION.";
    return failure("template", "aws-secrets/missing", `There is no AWS secret "${name}" in ${region}`, {
      detail,
      hint,
    });
  }
  const hint =
    "The credentials need the permission secretsmanager:GetSecretValue, and kms:Decrypt for a key of your own.";
  const summary = `AWS Secrets Manager refused to give the secret "${name}"`;
  return failure(status >= 500 ? "network" : "auth", "aws-secrets/refused", summary, { detail, hint });
}
