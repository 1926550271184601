// The metadata service of an EC2 machine, version 2.
import type { Host } from "../../host/host.ts";

/** A machine that is none of EC2's must not be kept waiting. */
const TIMEOUT = 1000;

/** The text at a path under `latest/meta-data/`; `undefined` where no such service answers. */
export async function instanceMetadata(
  host: Pick<Host, "env" | "network">,
  signal: AbortSignal,
): Promise<((path: string) => Promise<string | undefined>) | undefined> {
  if (host.env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true") return undefined;
  const base = (host.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || "http://169.254.169.254").replace(/\/$/, "");
  const lifetime = { "x-aws-ec2-metadata-token-ttl-seconds": "300" };
  const token = await textAt(host, `${base}/latest/api/token`, { method: "PUT", headers: lifetime }, signal);
  if (token === undefined) return undefined;
  return (path) => textAt(host, `${base}/latest/meta-data/${path}`, { headers: { "x-aws-ec2-metadata-token": token } }, signal);
}

/** The answer of a service close by; `undefined` when it refuses or does not answer at once. */
export async function textAt(
  host: Pick<Host, "network">,
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const response = await host.network.fetch(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]) });
    const text = await response.text();
    return response.ok ? text.trim() : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
