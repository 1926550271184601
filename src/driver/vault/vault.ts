// HashiCorp Vault: one value of one secret, by its HTTP interface.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { callApi } from "../http-api/call.ts";
import { asObject, readJsonObject } from "../http-api/json.ts";
import { reportNoAnswer } from "../http-api/unreachable.ts";

const DEFAULT_ADDRESS = "https://127.0.0.1:8200";

type Surroundings = Pick<Host, "env" | "network" | "clock" | "random">;
type Values = Readonly<Record<string, unknown>>;

/** The value of `key` in the secret at `path`, in a key-value engine of version 2 or 1. */
export async function fetchVaultSecret(
  host: Surroundings,
  path: string,
  key: string,
  signal: AbortSignal,
): Promise<string> {
  const answer = await readPath(host, path, signal);
  const data = asObject(answer["data"]);
  const latest = data === undefined ? undefined : data["data"];
  const values = asObject(latest) ?? data;
  // A version that was deleted has metadata and no values.
  if (values === undefined || latest === null) {
    throw explainMissing(path, answer);
  }
  const value = values[key];
  if (value === undefined || value === null) {
    throw failure("template", "vault/key", `The Vault secret at "${path}" has no key "${key}"`, {
      detail: `It has ${Object.keys(values).length} other keys.`,
    });
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

async function readPath(host: Surroundings, path: string, signal: AbortSignal): Promise<Values> {
  const url = chooseAddress(host.env, path);
  // A sealed or standby server answers with an error that may pass.
  const { status, ok, text } = await callApi(host, { url, headers: makeHeaders(host.env) }, signal).catch(
    (thrown: unknown) => {
      signal.throwIfAborted();
      throw reportNoAnswer(
        "vault/unreachable",
        `Vault could not be reached at ${url.origin}`,
        thrown,
        "Check VAULT_ADDR.",
      );
    },
  );
  const answer = readJsonObject(text) ?? {};
  if (ok) {
    return answer;
  }
  throw status === 404 ? explainMissing(path, answer) : explainRefusal(path, status, answer);
}

function chooseAddress(env: Host["env"], path: string): URL {
  const address = env["VAULT_ADDR"] || DEFAULT_ADDRESS;
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw failure("template", "vault/address", `VAULT_ADDR is no address of a Vault server: ${address}`, {
      hint: `It should look like ${DEFAULT_ADDRESS}.`,
    });
  }
  const segments = path.split("/").filter((segment) => segment !== "");
  return new URL(`${address.replace(/\/+$/, "")}/v1/${segments.map(encodeURIComponent).join("/")}`);
}

function makeHeaders(env: Host["env"]): Record<string, string> {
  const token = env["VAULT_TOKEN"];
  if (!token) {
    throw failure("auth", "vault/token", "Must set VAULT_TOKEN env var in order to use vault template function", {
      hint: "Set VAULT_TOKEN to a token that may read the secret, and VAULT_ADDR to the server.",
    });
  }
  const namespace = env["VAULT_NAMESPACE"];
  const headers: Record<string, string> = { "x-vault-token": token, "x-vault-request": "true" };
  if (namespace) {
    headers["x-vault-namespace"] = namespace;
  }
  return headers;
}

function explainMissing(path: string, answer: Values): Error {
  const warnings = joinTexts(answer["warnings"]);
  return failure("template", "vault/missing", `Vault has no secret at "${path}"`, {
    detail: warnings === "" ? undefined : warnings,
    hint: 'In a key-value engine of version 2 the path has "data" after the name of the engine, such as "secret/data/app".',
  });
}

function explainRefusal(path: string, status: number, answer: Values): Error {
  const errors = joinTexts(answer["errors"]);
  return failure(status >= 500 ? "network" : "auth", "vault/refused", `Vault did not give the secret at "${path}"`, {
    detail: `HTTP status ${status}${errors === "" ? "" : `: ${errors}`}`,
    hint:
      status === 403
        ? "Check VAULT_TOKEN and VAULT_NAMESPACE, and that the token's policy allows to read the path."
        : "Check that the server is unsealed.",
  });
}

function joinTexts(value: unknown): string {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string").join("\n") : "";
}
