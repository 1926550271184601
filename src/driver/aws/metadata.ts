// The metadata service of an EC2 machine, version 2.
import type { FetchOptions, Host } from "../../host/host.ts";
import { type CallHost, callApi } from "../http-api/call.ts";

/** A machine that is none of EC2's must not be kept waiting. */
const TIMEOUT = 1000;

/** The text at a path under `latest/meta-data/`; `undefined` where no such service answers. */
export async function askInstanceMetadata(
  host: CallHost & Pick<Host, "env">,
  signal: AbortSignal,
): Promise<((path: string) => Promise<string | undefined>) | undefined> {
  if (host.env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true") {
    return undefined;
  }
  const base = (host.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || "http://169.254.169.254").replace(/\/$/, "");
  const lifetime = { "x-aws-ec2-metadata-token-ttl-seconds": "300" };
  const token = await fetchText(host, `${base}/latest/api/token`, { method: "PUT", headers: lifetime }, signal);
  if (token === undefined) {
    return undefined;
  }
  return (path) =>
    fetchText(host, `${base}/latest/meta-data/${path}`, { headers: { "x-aws-ec2-metadata-token": token } }, signal);
}

/** The answer of a service close by; `undefined` when it refuses or does not answer at once. */
export async function fetchText(
  host: CallHost,
  url: string,
  { method, headers }: Pick<FetchOptions, "method" | "headers">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const limits = { silence: TIMEOUT, whole: TIMEOUT };
  try {
    // A proxy stands elsewhere, and its machine has other credentials.
    const answer = await callApi(host, { url, method, headers, limits, attempts: 1, direct: true }, signal);
    return answer.ok ? answer.text.trim() : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
