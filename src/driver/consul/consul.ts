// HashiCorp Consul: one value of its key-value store, by its HTTP interface.
import { readFile } from "node:fs/promises";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { callApi } from "../http-api/call.ts";
import { asObject, readJson } from "../http-api/json.ts";
import { reportNoAnswer } from "../http-api/unreachable.ts";

const DEFAULT_ADDRESS = "127.0.0.1:8500";

/** The value at `path`. A missing or empty one is an error. */
export async function fetchConsulValue(
  host: Pick<Host, "env" | "network" | "clock" | "random">,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const url = chooseAddress(host.env, path);
  const headers = await makeHeaders(host.env);
  const { status, ok, text } = await callApi(host, { url, headers }, signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const hint = "Set CONSUL_HTTP_ADDR to the agent's address, and CONSUL_HTTP_SSL=true when it speaks HTTPS.";
    throw reportNoAnswer("consul/unreachable", `Consul could not be reached at ${url.origin}`, thrown, hint);
  });
  if (status === 404) {
    throw failure("template", "consul/missing", `Consul has no key "${path}"`);
  }
  if (!ok) {
    throw explainRefusal(path, status, text);
  }
  const value = findValue(text);
  if (value !== "") {
    return value;
  }
  throw failure("template", "consul/missing", `The value of the Consul key "${path}" is empty`);
}

function chooseAddress(env: Host["env"], path: string): URL {
  const address = env["CONSUL_HTTP_ADDR"] || DEFAULT_ADDRESS;
  const secure = /^(1|t|true)$/i.test(env["CONSUL_HTTP_SSL"] ?? "");
  const given = address.includes("://") ? address : `http://${address}`;
  const whole = (secure ? given.replace(/^http:/, "https:") : given).replace(/\/+$/, "");
  if (!/^https?:\/\//.test(whole) || !URL.canParse(whole)) {
    throw failure("template", "consul/address", `CONSUL_HTTP_ADDR is no address of a Consul agent: ${address}`, {
      hint: `It should look like ${DEFAULT_ADDRESS} or https://consul.example.com:8501.`,
    });
  }
  const key = path.split("/").map(encodeURIComponent).join("/").replace(/^\/+/, "");
  const url = new URL(`${whole}/v1/kv/${key}`);
  for (const [name, value] of [
    ["ns", env["CONSUL_NAMESPACE"]],
    ["partition", env["CONSUL_PARTITION"]],
  ] as const) {
    if (value) {
      url.searchParams.set(name, value);
    }
  }
  return url;
}

async function makeHeaders(env: Host["env"]): Promise<Record<string, string>> {
  const token = env["CONSUL_HTTP_TOKEN"] || (await readTokenFile(env["CONSUL_HTTP_TOKEN_FILE"]));
  const login = env["CONSUL_HTTP_AUTH"];
  const headers: Record<string, string> = {};
  if (token) {
    headers["x-consul-token"] = token;
  }
  if (login) {
    headers["authorization"] = `Basic ${Buffer.from(login).toString("base64")}`;
  }
  return headers;
}

async function readTokenFile(path: string | undefined): Promise<string | undefined> {
  if (!path) {
    return undefined;
  }
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw failure("auth", "consul/token", "CONSUL_HTTP_TOKEN_FILE could not be read", { detail: cause.message, cause });
  });
  return text.trim();
}

/** Consul answers with a list of one entry whose value is in Base64, or null for none. */
function findValue(text: string): string {
  const entries = readJson(text);
  if (entries === null) {
    return "";
  }
  const value = Array.isArray(entries) ? asObject(entries[0])?.["Value"] : undefined;
  if (typeof value === "string" || value === null) {
    return Buffer.from(value ?? "", "base64").toString("utf8");
  }
  throw failure("network", "consul/refused", "What answered is no Consul agent", {
    detail: "Its answer is no list of keys and values.",
    hint: "Check CONSUL_HTTP_ADDR.",
  });
}

function explainRefusal(path: string, status: number, text: string): Error {
  return failure(status >= 500 ? "network" : "auth", "consul/refused", `Consul did not give the key "${path}"`, {
    detail: `HTTP status ${status}: ${text.trim().slice(0, 500)}`,
    hint: "Check CONSUL_HTTP_TOKEN, and that its policy allows to read the key.",
  });
}
