import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeHost, fakeClock, fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { type Answer, type HttpServer, httpServer } from "../../../test/servers/http.ts";
import { fetchAwsSecret } from "./aws-secrets.ts";

const NEVER = new AbortController().signal;
const KEYS = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "s" };

function hostFor(server: HttpServer, env: Record<string, string> = {}): FakeHost {
  return fakeHost({
    env: { ...KEYS, AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url, ...env },
    network: "real",
  });
}

/** What the service answers for a secret that is text. */
function secret(text: string): Answer {
  return {
    body: {
      ARN: "arn:aws:secretsmanager:eu-central-1:1:secret:app-AbCdEf",
      Name: "app",
      SecretString: text,
      VersionStages: ["AWSCURRENT"],
    },
  };
}

describe("driver/aws-secrets", () => {
  it("asks for the current version with a signed request", async (t) => {
    const server = await httpServer(t, () => secret("plain text"));
    assert.equal(
      await fetchAwsSecret(hostFor(server, { AWS_SESSION_TOKEN: "tok" }), { name: "app" }, NEVER),
      "plain text",
    );
    const [asked] = server.asked;
    assert.equal(asked?.method, "POST");
    assert.equal(asked?.headers["x-amz-target"], "secretsmanager.GetSecretValue");
    assert.equal(asked?.headers["content-type"], "application/x-amz-json-1.1");
    assert.equal(asked?.headers["x-amz-security-token"], "tok");
    assert.match(
      asked?.headers.authorization ?? "",
      /^AWS4-HMAC-SHA256 Credential=AKID\/20240102\/eu-central-1\/secretsmanager\/aws4_request, /,
    );
    assert.deepEqual(JSON.parse(asked?.body ?? ""), { SecretId: "app", VersionStage: "AWSCURRENT" });
  });

  it("takes a key out of a JSON secret, and needs none when there is but one", async (t) => {
    let text = '{"user":"me","port":5432}';
    const server = await httpServer(t, () => secret(text));
    const host = hostFor(server);
    assert.equal(await fetchAwsSecret(host, { name: "app", key: "user" }, NEVER), "me");
    assert.equal(await fetchAwsSecret(host, { name: "app", key: "port" }, NEVER), "5432");
    assert.equal(await fetchAwsSecret(host, { name: "app", raw: true }, NEVER), text);
    await rejectsWith(fetchAwsSecret(host, { name: "app" }, NEVER), {
      code: "aws-secrets/value",
      message: /has 2 keys/,
    });
    await rejectsWith(fetchAwsSecret(host, { name: "app", key: "x" }, NEVER), {
      code: "aws-secrets/value",
      message: /has no key/,
    });
    text = '{"only":"one"}';
    assert.equal(await fetchAwsSecret(host, { name: "app" }, NEVER), "one");
    for (text of ["12345", '"quoted"', "[1]", "{broken"]) {
      assert.equal(await fetchAwsSecret(host, { name: "app" }, NEVER), text);
    }
  });

  it("a missing secret, a refusal and a binary secret are told apart", async (t) => {
    const answers: Answer[] = [
      {
        status: 400,
        body: { __type: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret." },
      },
      { status: 400, body: { __type: "com.amazon#AccessDeniedException", message: "not authorized" } },
      { body: { Name: "app", SecretBinary: "AAAA" } },
    ];
    const server = await httpServer(t, () => answers.shift() ?? { status: 502, body: "<html>" });
    const ask = (): Promise<string> => fetchAwsSecret(hostFor(server), { name: "app" }, NEVER);
    await rejectsWith(ask(), { code: "aws-secrets/missing", message: /eu-central-1/ });
    await rejectsWith(ask(), { code: "aws-secrets/refused", message: /AccessDeniedException: not authorized/ });
    await rejectsWith(ask(), { code: "aws-secrets/value", message: /is not text/ });
    await rejectsWith(ask(), { code: "aws-secrets/refused", message: /502/ });
  });

  it("goes to the region's own address; an ARN gives the region where nothing else does", async () => {
    const urls: string[] = [];
    const fetch = async (url: string | URL): Promise<Response> => {
      urls.push(String(url));
      return new Response(JSON.stringify({ SecretString: "x" }));
    };
    const ask = (env: Record<string, string>, name: string): Promise<string> =>
      fetchAwsSecret(
        fakeHost({ env: { ...KEYS, ...env }, network: { fetch }, clock: fakeClock("manual") }),
        { name },
        NEVER,
      );
    await ask({ AWS_REGION: "us-west-2" }, "app");
    await ask({ AWS_REGION: "cn-north-1" }, "app");
    await ask({}, "arn:aws:secretsmanager:sa-east-1:123456789012:secret:app-AbCdEf");
    assert.deepEqual(urls, [
      "https://secretsmanager.us-west-2.amazonaws.com/",
      "https://secretsmanager.cn-north-1.amazonaws.com.cn/",
      "https://secretsmanager.sa-east-1.amazonaws.com/",
    ]);
  });

  it("a service that is not there is named", async () => {
    const host = fakeHost({
      env: { ...KEYS, AWS_REGION: "x", AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
      network: "real",
    });
    await rejectsWith(fetchAwsSecret(host, { name: "app" }, NEVER), {
      code: "aws-secrets/unreachable",
      message: /127\.0\.0\.1:1/,
    });
  });
});
