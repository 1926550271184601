// Data source "http": fetches a text (https://developer.hashicorp.com/packer/docs/datasources/http).
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { defineDataSource } from "../../sdk/datasource.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";

const options = Object.freeze({
  url: option.string({
    description: "The address to fetch.",
    required: true,
    example: "https://checkpoint-api.hashicorp.com/v1/check/packer",
  }),
  method: option.string({
    description: "The HTTP method.",
    default: "GET",
    oneOf: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"],
  }),
  request_headers: option.stringMap({ description: "Headers to send.", example: { Accept: "application/json" } }),
  request_body: option.string({ description: "What to send with the request." }),
});

/** Fetches a text from an HTTP server. */
export const http = defineDataSource({
  type: "http",
  summary: "Fetches a text from an HTTP server.",
  options,
  outputs: {
    url: { is: "string" },
    body: { is: "string" },
    // As Packer, despite the name: the headers of the response.
    request_headers: { is: "map", of: { is: "string" } },
  },

  async read(config, { host, signal }) {
    const { response, body } = await fetched(config, host, signal);
    if (response.status !== 200)
      throw failure("network", "datasource/http-status", `${config.url} answered with status ${response.status}`, {
        hint: "Only status 200 is accepted.",
      });
    checkContentType(config.url, response.headers.get("content-type"));
    return { url: config.url, body, request_headers: headersOf(response) };
  },
});

async function fetched(config: ConfigOf<typeof options>, host: Host, signal: AbortSignal): Promise<{ response: Response; body: string }> {
  const { method, request_headers, request_body } = config;
  try {
    const response = await host.network.fetch(config.url, {
      method,
      headers: request_headers,
      signal,
      ...(request_body ? { body: request_body } : {}),
    });
    return { response, body: await response.text() };
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    throw failure("network", "datasource/http-failed", `${config.url} could not be fetched`, { detail: messageOf(cause), cause: thrown });
  }
}

const textual = [/^text\/.+/, /^application\/json$/, /^application\/samlmetadata\+xml$/];

function checkContentType(url: string, header: string | null): void {
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  if (textual.some((pattern) => pattern.test(type)) && (charset === undefined || /^"?(utf-8|us-ascii)"?$/.test(charset))) return;
  throw failure("network", "datasource/http-content-type", `${url} did not answer with text`, {
    detail: `The content type is ${header === null ? "missing" : `"${header}"`}.`,
    hint: "Accepted are text/*, application/json and application/samlmetadata+xml, in UTF-8.",
  });
}

/** Names as Go spells them, such as `Content-Type`; several values of one name joined by a comma. */
function headersOf(response: Response): Readonly<Record<string, string>> {
  const named = [...response.headers].map(([name, value]) => [name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()), value] as const);
  return Object.fromEntries(named);
}
