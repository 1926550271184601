// One signed call of an AWS service that speaks JSON.
import { type CallHost, callApi } from "../http-api/call.ts";
import { readJsonObject } from "../http-api/json.ts";
import { type AwsCredentials, signHeaders } from "./sign.ts";

/** What a service is asked. */
export interface AwsCall {
  readonly url: URL;
  readonly region: string;
  readonly service: string;
  /** The operation, with the version of the service before it. */
  readonly target: string;
  readonly body: string;
}

/** What it answered: values, or why there are none. */
export interface AwsAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly values: Readonly<Record<string, unknown>>;
  /** The kind of its error, such as `AccessDeniedException`, else the status. */
  readonly reason: string;
  /** The reason with what it says about it. */
  readonly said: string;
}

/** Asks for something that only reads, so that it may be asked again. */
export async function callAws(
  host: CallHost,
  call: AwsCall,
  credentials: AwsCredentials,
  signal: AbortSignal,
): Promise<AwsAnswer> {
  const { url, body, target } = call;
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  const signed = signHeaders({ method: "POST", url, headers, body }, call, credentials, host.clock.now());
  const answer = await callApi(host, { url, method: "POST", headers: signed, body, isRepeatable: true }, signal);
  const values = readJsonObject(answer.text) ?? {};
  const { __type: type, message, Message } = values;
  const reason = typeof type === "string" ? type.replace(/^.*#/, "") : `HTTP status ${answer.status}`;
  const said = [reason, message ?? Message].filter((part) => typeof part === "string").join(": ");
  return { status: answer.status, ok: answer.ok, values, reason, said };
}
